import keras
import numpy as np
import pytest

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import load_model, save_model
from inkpipe.model.networks import build_network
from inkpipe.model.ocr import CTCOCRModel

TINY = {
    "model__preset": "attention",
    "model__attention__channels": [4, 8],
    "model__attention__units": 8,
    "model__attention__heads": 2,
    "model__attention__feed_forward": 16,
    "model__attention__blocks": 2,
}


def a_network(params, classes=5):
    return build_network(params.model, (32, 256), params.frames, classes)


def test_each_block_has_the_parameters_of_the_publication(make_params):
    network = a_network(make_params(**TINY))
    attention = network.get_layer("attention_1")
    assert attention.count_params() == 4 * (8 * 8 + 8)  # queries, keys, values and output, each with a bias
    assert network.get_layer("forward_2_in").count_params() == 8 * 16 + 16
    assert network.get_layer("forward_2_out").count_params() == 16 * 8 + 8
    assert not [layer for layer in network.layers if layer.name.startswith("bidirectional")]


def test_a_frame_looks_at_all_others(make_params):
    """Ink at the right changes the first frame, which no convolution of this size reaches."""
    network = a_network(make_params(**TINY))
    images = np.zeros((2, 32, 256, 1), np.float32)
    images[1, :, 240:] = 1.0
    first = network(images, training=False)[:, 0]
    assert not np.allclose(first[0], first[1])


def test_recurrent_layers_may_stand_on_top(make_params):
    network = a_network(make_params(**TINY, model__attention__recurrent_layers=1, model__attention__recurrent_units=4))
    assert network.get_layer("bidirectional_1").output.shape == (None, 64, 8)


def test_a_saved_model_predicts_the_same(make_params, draw, tmp_path):
    params, vocabulary = make_params(**TINY), Vocabulary(tuple("ABC"))
    keras.utils.set_random_seed(1)
    model = CTCOCRModel(a_network(params, vocabulary.classes), vocabulary, params.decode)
    save_model(tmp_path, model, params.preprocess)
    images = np.stack([draw("ABBA")])
    assert load_model(tmp_path).model.recognize(images) == model.recognize(images)


def test_units_that_the_heads_cannot_share_are_named(make_params):
    with pytest.raises(InkpipeError, match=r"Received: 8 units, 3 heads. Give a multiple"):
        make_params(**{**TINY, "model__attention__heads": 3})
