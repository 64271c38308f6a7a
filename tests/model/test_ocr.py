import keras
import numpy as np
import pytest
import tensorflow as tf

from inkpipe.errors import InkpipeError
from inkpipe.model.architectures import build_network
from inkpipe.model.artifacts import load_reader, load_weights, model_digest, save_reader
from inkpipe.model.ocr import CTCOCRModel, as_input
from inkpipe.vocabulary import Vocabulary

VOCABULARY = Vocabulary(tuple("ABCDEFGHIJ"))


@pytest.fixture
def params(make_params):
    return make_params(model__crnn__channels=[8, 8, 16, 16], model__crnn__recurrent_units=32, model__crnn__dropout=0.0)


def a_reader(params, seed=1):
    keras.utils.set_random_seed(seed)
    return CTCOCRModel(build_network(params, (32, 256), VOCABULARY.classes), VOCABULARY)


def padded(texts):
    rows = [VOCABULARY.encode(text) for text in texts]
    longest = max(map(len, rows))
    return np.array([row + [VOCABULARY.padding] * (longest - len(row)) for row in rows], np.int32)


def test_input_is_ink_from_0_to_1():
    given = as_input(tf.constant([[[255, 0, 51]]], tf.uint8))
    assert given.numpy()[..., 0].tolist() == [[[0.0, 1.0, pytest.approx(0.8)]]]


def test_it_memorises_one_batch_and_then_reads_it(params, draw):
    texts = ["ABBA", "CAFE", "DIG", "HAJI"]
    images = np.stack([draw(text) for text in texts])
    model = a_reader(params)
    model.compile(optimizer=keras.optimizers.Adam(0.01), jit_compile=False)
    batches = tf.data.Dataset.from_tensors((as_input(images), padded(texts))).repeat(250)
    model.fit(batches, verbose=0)
    assert [text for text, _ in model.read(images)] == texts
    assert all(confidence > 0.5 for _, confidence in model.read(images))
    scores = model.evaluate(batches.take(1), verbose=0, return_dict=True)
    assert (scores["cer"], scores["cer_empty_penalty"]) == (0.0, 0.0)


def test_a_saved_reader_reads_the_same_and_has_the_same_bytes(params, draw, tmp_path):
    images = np.stack([draw("ABBA"), draw("CAFE")])
    model = a_reader(params)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        save_reader(tmp_path / name, model, params.preprocess)
    assert model_digest(tmp_path / "a") == model_digest(tmp_path / "b")
    loaded = load_reader(tmp_path / "a")
    assert loaded.vocabulary == VOCABULARY
    assert loaded.preprocess == params.preprocess
    assert loaded.model.read(images) == model.read(images)


def test_other_weights_give_another_digest(params, tmp_path):
    for name, seed in (("a", 1), ("b", 2)):
        (tmp_path / name).mkdir()
        save_reader(tmp_path / name, a_reader(params, seed), params.preprocess)
    assert model_digest(tmp_path / "a") != model_digest(tmp_path / "b")


def test_a_folder_that_is_no_reader_is_named(tmp_path):
    with pytest.raises(InkpipeError, match=r"is not a reader: it lacks architecture.json"):
        load_reader(tmp_path)
    with pytest.raises(InkpipeError, match="is not a reader"):
        model_digest(tmp_path)


def test_weights_of_another_network_are_refused(params, make_params, tmp_path):
    a_reader(params).network.save_weights(tmp_path / "small.weights.h5")
    other = build_network(make_params(), (32, 256), VOCABULARY.classes)
    with pytest.raises(InkpipeError, match=r"small.weights.h5 do not fit"):
        load_weights(other, tmp_path / "small.weights.h5")
    with pytest.raises(InkpipeError, match=r"none.weights.h5 do not fit"):
        load_weights(other, tmp_path / "none.weights.h5")
