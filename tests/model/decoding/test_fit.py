import numpy as np
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.model.decoding.decoder import Knowledge
from inkpipe.model.decoding.fit import LM_WEIGHTS, fit_decoder, fit_temperature

AUTO = {"lm_weight": "auto", "length_bonus": "auto", "temperature": "auto"}


@pytest.fixture
def unclear(vocabulary, sharp):
    """Logits of texts whose last letter is seen badly, and their labels, which the language model knows."""
    labels = ["ABBA", "BABA AB", "AB AB"] * 6
    rng = np.random.default_rng(0)
    logits = np.zeros((len(labels), 16, vocabulary.classes), np.float32)
    for image, label in zip(logits, labels, strict=True):
        path = [symbol for each in vocabulary.encode(label) for symbol in (each, 0)]
        image[:] = sharp([path + [0] * (16 - len(path))], 8.0)[0]
        image[len(path) - 2] *= 0.1
    return logits + rng.normal(0, 1.0, logits.shape).astype(np.float32), labels


def test_a_language_model_that_helps_gets_a_weight_and_all_numbers_are_fixed(
    vocabulary, make_decode, language_model, unclear
):
    fitted = fit_decoder(*unclear, vocabulary, make_decode(**AUTO), Knowledge(language_model))
    assert fitted.params.lm_weight > 0
    assert fitted.params.lm_weight in LM_WEIGHTS
    assert fitted.cer < fitted.greedy_cer
    assert "auto" not in fitted.params.model_dump().values()
    assert fitted.images == 18
    assert fitted == fit_decoder(*unclear, vocabulary, make_decode(**AUTO), Knowledge(language_model))


def test_a_language_model_that_harms_gets_no_weight(vocabulary, make_decode, language_model, sharp):
    """Clear images of texts that the language model never saw."""
    labels = ["BBBB", "AAAA", "BB BB"]
    paths = [[each for symbol in vocabulary.encode(label) for each in (symbol, 0)] for label in labels]
    logits = sharp([path + [0] * (12 - len(path)) for path in paths], 3.0)
    fitted = fit_decoder(logits, labels, vocabulary, make_decode(**AUTO), Knowledge(language_model))
    assert (fitted.params.lm_weight, fitted.params.length_bonus, fitted.cer) == (0.0, 0.0, 0.0)


def test_given_numbers_stay(vocabulary, make_decode, language_model, unclear):
    given = make_decode(lm_weight=0.7, length_bonus=0.1, temperature=3.0)
    assert fit_decoder(*unclear, vocabulary, given, Knowledge(language_model)).params == given


def test_without_a_language_model_its_weight_is_0(vocabulary, make_decode, unclear):
    assert fit_decoder(*unclear, vocabulary, make_decode(**AUTO), Knowledge()).params.lm_weight == 0.0


def test_of_the_greedy_decoder_only_the_temperature_is_fitted(vocabulary, make_decode, language_model, unclear):
    fitted = fit_decoder(*unclear, vocabulary, make_decode(method="greedy", **AUTO), Knowledge(language_model))
    assert (fitted.params.lm_weight, fitted.params.length_bonus) == (0.0, 0.0)
    assert fitted.params.temperature != 1.0
    assert fitted.cer == fitted.greedy_cer
    assert fitted.describe().startswith("greedy decoding, temperature ")


def test_the_fit_is_told_in_one_line(vocabulary, make_decode, language_model, unclear):
    given = make_decode(lm_weight=0.5, length_bonus=0.25, temperature=1.5)
    described = fit_decoder(*unclear, vocabulary, given, Knowledge(language_model)).describe()
    start = "beam decoding of width 10, language model weight 0.5, length bonus 0.25, temperature 1.5: CER 0."
    assert described.startswith(start)
    assert " on 18 validation images, where greedy gives 0." in described


def test_the_temperature_is_the_one_that_made_the_confidences_wrong():
    rng = np.random.default_rng(0)
    odds = rng.normal(1, 2, 20_000)
    correct = rng.random(20_000) < 1 / (1 + np.exp(-odds))
    fitted = fit_temperature(lambda temperature: 1 / (1 + np.exp(-3 * odds / temperature)), correct)
    assert fitted == pytest.approx(3.0, rel=0.05)


def test_confidences_that_no_temperature_changes_keep_it_at_1():
    assert fit_temperature(lambda _: np.ones(3), np.array([True, False, True])) == 1.0


@pytest.mark.parametrize("images", [3, 3000])
def test_few_images_do_not_push_a_temperature_to_its_end(images):
    fitted = fit_temperature(lambda heat: np.full(images, 1 / (1 + np.exp(-2 / heat))), np.ones(images, bool))
    # Where the slope of the images' likelihood meets that of the prior
    assert -np.log(fitted) == pytest.approx(images * 2 / fitted / (1 + np.exp(2 / fitted)), rel=0.03)
    assert fitted > 0.65 if images == 3 else fitted < 0.25


def test_no_image_to_fit_on_is_named(vocabulary, make_decode, noise):
    with pytest.raises(InkpipeError, match=r"no validation image, by which .* Received: 0 images. Give"):
        fit_decoder(noise(0, 0, 4), [], vocabulary, make_decode(**AUTO), Knowledge())


def test_an_output_that_is_not_a_number_is_refused(vocabulary, make_decode, noise):
    logits = noise(0, 2, 4)
    logits[0, 0, 0] = np.nan
    with pytest.raises(InkpipeError, match="not a number for 1 of 2 images"):
        fit_decoder(logits, ["A", "B"], vocabulary, make_decode(**AUTO), Knowledge())
