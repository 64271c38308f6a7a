import keras
import numpy as np
import pytest

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.batches import ArrayImages
from inkpipe.model.decoding import Knowledge
from inkpipe.model.networks import build_network
from inkpipe.model.ocr import CTCOCRModel
from inkpipe.training import fit_decoder as module
from inkpipe.training.fit_decoder import fit_on_validation

VOCABULARY = Vocabulary(tuple("AB"))


@pytest.fixture
def params(make_params):
    return make_params(model__crnn__channels=[4, 4, 4, 4], model__crnn__recurrent_units=4, decode__lm_weight=0.0)


@pytest.fixture
def model(params):
    keras.utils.set_random_seed(0)
    network = build_network(params.model, (32, 256), params.frames, VOCABULARY.classes)
    made = CTCOCRModel(network, VOCABULARY, params.decode)
    made.compile(optimizer="adam", jit_compile=False)
    return made


def images(draw, *texts):
    return ArrayImages.of_texts([draw(text) for text in texts], texts, VOCABULARY)


def test_of_many_images_evenly_spaced_ones_are_taken(model, params, draw, monkeypatch):
    seen = []
    original = module.fit_decoder
    monkeypatch.setattr(module, "MOST_IMAGES", 3)
    monkeypatch.setattr(
        module, "fit_decoder", lambda logits, labels, *rest: seen.append(labels) or original(logits, labels, *rest)
    )
    validation = images(draw, "A", "B", "AA", "BB", "AB", "BA", "AAA")
    fitted = fit_on_validation(model, validation, params.decode, Knowledge(), 2)
    assert seen == [["A", "BB", "AAA"]]
    assert fitted.images == 3


def test_the_model_uses_the_fitted_decoder(model, params, draw):
    fitted = fit_on_validation(model, images(draw, "A", "B"), params.decode, Knowledge(), 2)
    assert model.decode == fitted.params
    assert isinstance(fitted.params.temperature, float)
    assert len(model.recognize(np.stack([draw("A")]))) == 1


def test_a_character_outside_the_vocabulary_can_not_be_correct(model, params, draw, monkeypatch):
    seen = []
    monkeypatch.setattr(module, "fit_decoder", lambda logits, labels, *rest: seen.extend(labels) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fit_on_validation(model, images(draw, "AX", "B"), params.decode, Knowledge(), 2)
    assert seen == ["A\N{WORD JOINER}", "B"]
