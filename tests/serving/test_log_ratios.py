import numpy as np
import pytest

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.imaging import UnreadableImage
from inkpipe.model.artifacts import ModelSettings
from inkpipe.model.decoding import build_decoder
from inkpipe.model.decoding.decoder import Knowledge
from inkpipe.serving import Recognizer

VOCABULARY = Vocabulary(tuple("AB"))
# two frames of the classes blank, A, B, unknown and padding
PROBABILITIES = np.array([[0.1, 0.6, 0.3, 0, 0], [0.5, 0.2, 0.3, 0, 0]])


class Network:
    def logits(self, images):
        with np.errstate(divide="ignore"):
            logits = np.log(PROBABILITIES, where=PROBABILITIES > 0, out=np.full(PROBABILITIES.shape, -80.0))
        return np.repeat(logits[np.newaxis].astype(np.float32), len(images), axis=0)


@pytest.fixture
def recognizer(make_params):
    params = make_params()
    decode = params.decode.model_copy(update={"lm_weight": 0.0})
    settings = ModelSettings(VOCABULARY, params.preprocess, decode)
    return Recognizer(Network(), build_decoder(decode, VOCABULARY, Knowledge()), settings, "digest")


def test_the_ratio_is_that_of_the_probabilities_over_all_alignments(recognizer, draw, jpeg):
    image = jpeg(draw("A"))
    a = 0.6 * 0.5 + 0.1 * 0.2 + 0.6 * 0.2  # A and blank, blank and A, A and A
    b = 0.3 * 0.5 + 0.1 * 0.3 + 0.3 * 0.3
    ab = 0.6 * 0.3
    ratios = recognizer.log_ratios([image] * 3, ["A", "AB", "A"], ["B", "A", "A"])
    assert ratios == pytest.approx([np.log(a / b), np.log(ab / a), 0], abs=1e-5)


def test_a_text_beyond_the_vocabulary_cannot_be_compared(recognizer, draw, jpeg):
    assert np.isnan(recognizer.log_ratios([jpeg(draw("A"))], ["A"], ["AC"])).all()


def test_an_image_that_cannot_be_read_is_an_error(recognizer):
    with pytest.raises(UnreadableImage):
        recognizer.log_ratios([b"none"], ["A"], ["B"])
