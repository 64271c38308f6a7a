import numpy as np
import pytest

from inkpipe.evaluation.evaluate import evaluate
from inkpipe.evaluation.predictions import score_prediction
from inkpipe.model.prediction import Prediction
from inkpipe.params.evaluate import EvaluateParams, LabelErrorParams
from inkpipe.training.history import Epoch

LABELS = ["ANNA", "EVE", "LE ROI", "D'ARC", "ZO\N{LATIN CAPITAL LETTER E WITH DIAERESIS}", "X"] * 3
TEXTS = ["ANNA", "EVES", "LEROI", "", "ZO\N{REPLACEMENT CHARACTER}", "X"] * 3
PARAMS = EvaluateParams(
    bootstrap=50, batch_size=4, examples=8, max_errors=(0.5,), label_errors=LabelErrorParams(shown=2, folds=0)
)


def scored(label, text, confidence=0.5, filename="x.jpg"):
    return score_prediction(filename, label, Prediction(text, confidence))


def recognize_by_gray(images):
    """Knows the text of each image by its gray."""
    assert images.dtype == np.uint8
    return [Prediction(TEXTS[i], 1 - i / 100) for i in images[:, 0, 0].tolist()]


def longer_is_likelier(images, texts, others):
    """Finds a text the likelier, the longer it is."""
    return np.array([len(text) - len(other) for text, other in zip(texts, others, strict=True)], float)


@pytest.fixture(scope="session")
def score_pair():
    """Score a predicted text: `score_pair(label, text, confidence, filename)`."""
    return scored


@pytest.fixture
def predictions(score_pair):
    """One substitution, one correct text, one deletion and one insertion."""
    return [
        score_pair("ANNA", "ANMA", 0.95),
        score_pair("ANNA", "ANNA", 0.99),
        score_pair("LE ROI", "LEROI", 0.55),
        score_pair("EVE", "EVES", 0.2),
    ]


@pytest.fixture(scope="session")
def labels():
    """The labels of `samples`."""
    return LABELS


@pytest.fixture(scope="session")
def texts():
    """The texts that `recognize` predicts for `samples`."""
    return TEXTS


@pytest.fixture(scope="session")
def samples():
    """Eighteen prepared samples; the gray of each image is its position."""
    return [(f"{i:02d}.jpg", label, np.full((8, 30), i, np.uint8)) for i, label in enumerate(LABELS)]


@pytest.fixture(scope="session")
def recognize():
    return recognize_by_gray


@pytest.fixture(scope="session")
def evaluate_params():
    return PARAMS


@pytest.fixture(scope="session")
def evaluation(samples):
    """The evaluation of `recognize` on `samples`, with everything that it can tell."""
    origins = ["form", "letter"] * 9
    return evaluate(
        samples,
        recognize_by_gray,
        PARAMS,
        7,
        validation=samples[:6],
        facts={"origin": origins},
        log_ratio=longer_is_likelier,
    )


@pytest.fixture(scope="session")
def history():
    """A training of three epochs, of which the second is the best."""
    return [
        Epoch(1, 9.0, 8.0, 0.9, 1.0, 0.002),
        Epoch(2, 4.0, 5.0, 0.2, 0.3, 0.001),
        Epoch(3, 2.0, 4.0, 0.3, 0.4, 0.0),
    ]
