import numpy as np
import pytest

from inkpipe.backend import keras, tf
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import load_model, save_model
from inkpipe.model.attention_decoder import cross_entropy, decode_by_attention
from inkpipe.model.networks import build_network
from inkpipe.model.ocr import CTCOCRModel

VOCABULARY = Vocabulary(tuple("ABN"))
TINY = {
    "model__crnn__channels": [4, 4],
    "model__crnn__recurrent_units": 4,
    "model__attention_decoder__units": 8,
    "model__attention_decoder__heads": 2,
    "model__attention_decoder__feed_forward": 16,
    "model__attention_decoder__blocks": 1,
}


def sure_of(text):
    """Logits of as many positions as characters, which are sure of each."""
    return (20.0 * np.eye(VOCABULARY.classes)[[VOCABULARY.encode(text)]]).astype(np.float32)


def decoding_network(params):
    shape = params.preprocess.height, params.preprocess.width
    network = build_network(params.model, shape, params.frames, VOCABULARY.classes)
    return network, decode_by_attention(network, VOCABULARY.classes, params.model.attention_decoder)


def test_cross_entropy_is_the_sum_over_characters_and_the_blanks_behind():
    labels = tf.constant([[*VOCABULARY.encode("AB"), VOCABULARY.padding]], tf.int32)
    logits = np.random.default_rng(0).normal(size=(1, 4, VOCABULARY.classes)).astype(np.float32)
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    targets = [*VOCABULARY.encode("AB"), 0, 0]
    expected = -sum(np.log(probabilities[0, position, target]) for position, target in enumerate(targets))
    assert cross_entropy(labels, logits, VOCABULARY.padding).numpy() == pytest.approx([expected], rel=1e-5)


def test_a_label_as_long_as_the_positions_counts_whole():
    labels = tf.constant([VOCABULARY.encode("BANANA")], tf.int32)
    assert cross_entropy(labels, sure_of("BANANA"), VOCABULARY.padding).numpy() == pytest.approx([0], abs=1e-4)


@pytest.mark.parametrize("preset", ["crnn", "paper", "bilstm", "attention"])
def test_it_stands_on_every_network(make_params, preset):
    params = make_params(**TINY, model__preset=preset)
    network, decoding = decoding_network(params)
    assert decoding.output_shape == (None, 2 * params.frames, VOCABULARY.classes)
    assert decoding.name == network.name


def test_each_position_sees_all_frames(make_params):
    """Ink at the right changes the first position, as ink at the left does."""
    keras.utils.set_random_seed(1)  # of so few filters, those of some seeds let no ink through
    _, network = decoding_network(make_params(**TINY))
    images = np.zeros((3, 32, 256, 1), np.float32)
    images[1, :, 240:], images[2, :, :16] = 1.0, 1.0
    first = network(images, training=False)[:, 0]
    assert not np.allclose(first[0], first[1])
    assert not np.allclose(first[0], first[2])


def test_a_saved_model_predicts_the_same(make_params, draw, tmp_path):
    params = make_params(**TINY)
    keras.utils.set_random_seed(1)
    model = CTCOCRModel(decoding_network(params)[1], VOCABULARY, params.decode)
    save_model(tmp_path, model, params.preprocess)
    images = np.stack([draw("ABBA")])
    np.testing.assert_array_equal(load_model(tmp_path).model.logits(images), model.logits(images))


def test_units_that_the_heads_cannot_share_are_named(make_params):
    with pytest.raises(InkpipeError, match=r"model.attention_decoder.units.*Received: 8 units, 3 heads"):
        make_params(**{**TINY, "model__attention_decoder__heads": 3})
