import json
import re

import h5py
import keras
import numpy as np
import pytest

from inkpipe.data.language_model import LanguageModel
from inkpipe.data.ngrams import WeightedTexts, count_ngrams
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import (
    ARCHITECTURE,
    LANGUAGE_MODEL,
    LEXICON,
    SETTINGS,
    SETTINGS_BEFORE_0_2,
    fitted_numbers,
    load_model,
    load_settings,
    load_vocabulary,
    load_weights,
    model_digest,
    save_model,
)
from inkpipe.model.decoding import Knowledge
from inkpipe.model.decoding.lexicon import Lexicon
from inkpipe.model.networks import build_network
from inkpipe.model.ocr import CTCOCRModel

VOCABULARY = Vocabulary(tuple("ABCDEFGHIJ"))


@pytest.fixture
def params(make_params):
    return make_params(model__crnn__channels=[8, 8, 16, 16], model__crnn__recurrent_units=32, model__crnn__dropout=0.0)


def a_network(params):
    return build_network(params.model, (32, 256), params.frames, VOCABULARY.classes)


def a_model(params, seed=1):
    keras.utils.set_random_seed(seed)
    return CTCOCRModel(a_network(params), VOCABULARY, params.decode)


@pytest.fixture
def saved(params, tmp_path):
    """The folder of a saved model."""
    folder = tmp_path / "model"
    folder.mkdir()
    save_model(folder, a_model(params), params.preprocess)
    return folder


def test_a_saved_model_predicts_the_same_and_has_the_same_bytes(params, draw, tmp_path):
    images = np.stack([draw("ABBA"), draw("CAFE")])
    model = a_model(params)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        save_model(tmp_path / name, model, params.preprocess)
    assert model_digest(tmp_path / "a") == model_digest(tmp_path / "b")
    loaded = load_model(tmp_path / "a")
    assert loaded.vocabulary == VOCABULARY
    assert loaded.preprocess == params.preprocess
    assert loaded.model.decode == params.decode
    assert loaded.model.recognize(images) == model.recognize(images)


@pytest.fixture
def knowing(params, tmp_path):
    """The folder of a saved model with a fitted decoder, a language model and a lexicon, and the model."""
    numbers = {"lm_weight": 0.5, "length_bonus": 0.25, "temperature": 1.5, "lexicon": "/somewhere/words.txt"}
    language_model = LanguageModel(count_ngrams([WeightedTexts(["ABBA", "CAFE"], 1.0)], VOCABULARY, 3))
    knowledge = Knowledge(language_model, Lexicon(["ABBA", "CAFE"], VOCABULARY))
    model = a_model(params)
    model.use_decoder(params.decode.model_copy(update=numbers), knowledge)
    folder = tmp_path / "knowing"
    folder.mkdir()
    save_model(folder, model, params.preprocess)
    return folder, model


def test_the_language_model_and_the_lexicon_are_files_of_the_model(params, knowing, draw):
    folder, model = knowing
    images, loaded = np.stack([draw("ABBA"), draw("CAFE")]), load_model(folder)
    assert loaded.model.recognize(images) == model.recognize(images)
    assert {path.name for path in folder.iterdir()} == {
        "architecture.json", "model.weights.h5", "recognizer.json", "language_model.npz", "lexicon.txt",
    }  # fmt: skip
    assert loaded.model.knowledge.lexicon.words == ("ABBA", "CAFE")
    assert loaded.model.decode.lexicon == "lexicon.txt"
    assert fitted_numbers(folder) == {"lm_weight": 0.5, "length_bonus": 0.25, "temperature": 1.5}
    again = folder.with_name("again")
    again.mkdir()
    save_model(again, loaded.model, params.preprocess)
    assert model_digest(again) == model_digest(folder)


@pytest.mark.parametrize("name", [LANGUAGE_MODEL, LEXICON])
def test_a_model_without_what_its_decoder_knows_is_no_model(knowing, name):
    folder, _ = knowing
    digest = model_digest(folder)
    (folder / name).unlink()
    assert model_digest(folder) != digest
    with pytest.raises(InkpipeError, match=f"is not a model: it lacks {name}"):
        load_model(folder)


def test_a_language_model_without_weight_is_no_file_of_the_model(params, tmp_path):
    language_model = LanguageModel(count_ngrams([WeightedTexts(["ABBA"], 1.0)], VOCABULARY, 3))
    model = a_model(params)
    model.use_decoder(params.decode.model_copy(update={"lm_weight": 0.0}), Knowledge(language_model))
    save_model(tmp_path, model, params.preprocess)
    assert not (tmp_path / LANGUAGE_MODEL).exists()


def test_other_weights_give_another_digest(params, tmp_path):
    for name, seed in (("a", 1), ("b", 2)):
        (tmp_path / name).mkdir()
        save_model(tmp_path / name, a_model(params, seed), params.preprocess)
    assert model_digest(tmp_path / "a") != model_digest(tmp_path / "b")


def test_a_folder_that_is_no_model_is_named(tmp_path):
    with pytest.raises(InkpipeError, match=r"is not a model: it lacks architecture.json"):
        load_model(tmp_path)
    with pytest.raises(InkpipeError, match="is not a model"):
        model_digest(tmp_path)


def test_weights_of_another_network_are_refused(params, make_params, tmp_path):
    a_model(params).network.save_weights(tmp_path / "small.weights.h5")
    other = a_network(make_params())
    with pytest.raises(InkpipeError, match=r"small.weights.h5 do not fit"):
        load_weights(other, tmp_path / "small.weights.h5")
    with pytest.raises(InkpipeError, match=r"none.weights.h5 do not fit"):
        load_weights(other, tmp_path / "none.weights.h5")


@pytest.mark.parametrize(("saved_layers", "layers"), [(2, 1), (1, 2)])
def test_weights_of_a_deeper_or_a_flatter_network_are_refused(make_params, tmp_path, saved_layers, layers):
    """All layers of both have the same sizes, so that each finds an array that fits it."""
    path = tmp_path / "other.weights.h5"
    a_network(make_params(model__crnn__recurrent_layers=saved_layers)).save_weights(path)
    with pytest.raises(InkpipeError, match=r"other.weights.h5 do not fit"):
        load_weights(a_network(make_params(model__crnn__recurrent_layers=layers)), path)


def test_a_layer_that_keras_would_only_warn_of_is_refused(params, tmp_path, recwarn):
    path = tmp_path / "headless.weights.h5"
    a_network(params).save_weights(path)
    with h5py.File(path, "a") as file:
        del file["layers"]
    with pytest.raises(InkpipeError, match=r"headless.weights.h5 do not fit"):
        load_weights(a_network(params), path)
    assert not [warning for warning in recwarn if "nested container" in str(warning.message)]


def test_settings_are_read_without_the_network(params, saved):
    (saved / "model.weights.h5").unlink()
    settings = load_settings(saved)
    assert (settings.vocabulary, settings.preprocess) == (VOCABULARY, params.preprocess)
    assert settings.decode == params.decode
    assert load_vocabulary(saved) == VOCABULARY


def test_a_model_of_before_the_beam_decodes_greedily(saved):
    content = json.loads((saved / SETTINGS).read_text())
    content["decode"] = {"method": "greedy"}
    (saved / SETTINGS).write_text(json.dumps(content))
    assert load_model(saved).model.decode.model_dump() == {
        "method": "greedy", "width": 10, "lm_weight": 0.0, "length_bonus": 0.0, "lexicon": None, "alternatives": 1,
        "temperature": 1.0,
    }  # fmt: skip
    assert fitted_numbers(saved) == {}


def test_a_model_of_version_0_1_still_loads(params, saved):
    """It had no decoder's settings, its preprocessing named workers, and its file had another name."""
    digest = model_digest(saved)
    content = json.loads((saved / SETTINGS).read_text())
    del content["decode"]
    content["preprocess"]["workers"] = "local"
    (saved / SETTINGS).unlink()
    (saved / SETTINGS_BEFORE_0_2).write_text(json.dumps(content))
    assert load_model(saved).preprocess == params.preprocess
    assert load_settings(saved).decode.method == "greedy"
    assert model_digest(saved) != digest


def test_a_model_with_keras_own_lstm_still_loads_and_reads_the_same(saved, draw):
    """Models of before `inkpipe.model.lstm` name Keras' layer; the weights have the same names."""
    images = np.stack([draw("ANNA"), draw("BOB")])
    logits = load_model(saved).model.logits(images)
    described = json.dumps(json.loads((saved / ARCHITECTURE).read_text()), separators=(",", ":"))
    earlier = re.sub(
        r'"module":"inkpipe.model.lstm"|"registered_name":"inkpipe>LSTM"',
        lambda found: '"module":"keras.layers"' if "module" in found[0] else '"registered_name":null',
        described,
    )
    assert described.count("inkpipe>LSTM") >= 4
    (saved / ARCHITECTURE).write_text(earlier)
    loaded = load_model(saved).model
    assert type(loaded.network.get_layer("bidirectional_1").forward_layer) is keras.layers.LSTM
    np.testing.assert_allclose(loaded.logits(images), logits, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.pop("preprocess"), "preprocess"),
        (lambda content: content["preprocess"].update(height="tall"), "height"),
        (lambda content: content["decode"].update(method="oracle"), "greedy"),
    ],
)
def test_damaged_settings_are_named(saved, change, message):
    content = json.loads((saved / SETTINGS).read_text())
    change(content)
    (saved / SETTINGS).write_text(json.dumps(content))
    described = r"recognizer.json does not describe a model of this version(.|\n)*"
    with pytest.raises(InkpipeError, match=described + message):
        load_settings(saved)


def test_settings_without_a_vocabulary_are_named(saved):
    (saved / SETTINGS).write_text("{}")
    with pytest.raises(InkpipeError, match=r"recognizer.json holds no vocabulary"):
        load_vocabulary(saved)
