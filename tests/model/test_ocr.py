import keras
import numpy as np
import pytest
import tensorflow as tf
from rapidfuzz.distance import Levenshtein

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.batches import ArrayImages, training_batches, validation_batches
from inkpipe.model.decoding import Knowledge
from inkpipe.model.networks import build_network
from inkpipe.model.ocr import CTCOCRModel, as_input
from inkpipe.model.widths import needed_widths

VOCABULARY = Vocabulary(tuple("ABCDEFGHIJ"))


@pytest.fixture
def params(make_params):
    return make_params(model__crnn__channels=[8, 8, 16, 16], model__crnn__recurrent_units=32, model__crnn__dropout=0.0)


def a_model(params, seed=1):
    keras.utils.set_random_seed(seed)
    return CTCOCRModel(
        build_network(params.model, (32, 256), params.frames, VOCABULARY.classes), VOCABULARY, params.decode
    )


def padded(texts):
    rows = [VOCABULARY.encode(text) for text in texts]
    longest = max(map(len, rows))
    return np.array([row + [VOCABULARY.padding] * (longest - len(row)) for row in rows], np.int32)


def test_input_is_ink_from_0_to_1():
    given = as_input(tf.constant([[[255, 0, 51]]], tf.uint8))
    assert given.numpy()[..., 0].tolist() == [[[0.0, 1.0, pytest.approx(0.8)]]]


def test_it_memorizes_one_batch_and_then_recognizes_it(params, draw):
    texts = ["ABBA", "CAFE", "DIG", "HAJI"]
    images = np.stack([draw(text) for text in texts])
    model = a_model(params)
    model.compile(optimizer=keras.optimizers.Adam(0.01), jit_compile=False)
    batches = tf.data.Dataset.from_tensors((as_input(images), padded(texts))).repeat(250)
    model.fit(batches, verbose=0)
    predictions = model.recognize(images)
    assert [prediction.text for prediction in predictions] == texts
    assert all(prediction.confidence > 0.5 for prediction in predictions)
    model.use_decoder(params.decode.model_copy(update={"method": "greedy"}), Knowledge())
    assert [prediction.text for prediction in model.recognize(images)] == texts
    scores = model.evaluate(batches.take(1), verbose=0, return_dict=True)
    assert (scores["cer"], scores["cer_empty_penalty"]) == (0.0, 0.0)


def test_validation_gives_what_recognition_gives_and_each_image_counts_alone(params, draw):
    keras.utils.set_random_seed(1)
    network = build_network(params.model, (32, 256), params.frames, VOCABULARY.classes, any_width=True)
    model = CTCOCRModel(network, VOCABULARY, params.decode)
    model.compile(optimizer=keras.optimizers.Adam(0.01), jit_compile=False)
    texts = ["A", "ABBA", "CAFE", "DIGAHAJIDIGA", "HI"]
    data = ArrayImages.of_texts([draw(text) for text in texts], texts, VOCABULARY)
    assert len(set(needed_widths(data.images).tolist())) > 1
    options = {"padding": VOCABULARY.padding, "bucketing": True, "frames": params.frames}
    learning = training_batches(
        data, augment_params=params.augment, seed=0, batch_size=2, epochs=8, shuffle_buffer=9, **options
    )
    model.fit(learning, verbose=0)  # batches of several widths
    model.use_decoder(params.decode.model_copy(update={"method": "greedy"}), Knowledge())
    together = model.recognize(data.images)
    alone = [model.recognize(image[np.newaxis])[0] for image in data.images]
    assert [each.text for each in together] == [each.text for each in alone]
    assert [each.confidence for each in together] == pytest.approx([each.confidence for each in alone], rel=1e-3)
    scores = model.evaluate(validation_batches(data, batch_size=2, **options), verbose=0, return_dict=True)
    edits = sum(Levenshtein.distance(each.text, text) for each, text in zip(together, texts, strict=True))
    assert scores["cer"] == pytest.approx(edits / sum(map(len, texts)))
