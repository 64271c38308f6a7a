import keras
import numpy as np
import pytest

from inkpipe.imaging import features
from inkpipe.model.networks import InputShape, build_network, paper
from inkpipe.params.model import NETWORKS, PaperParams

# The paper's table: layer, output shape, parameters.
PAPER_TABLE = [
    ("reshape", (64, 960), 0),
    ("dense_1", (64, 64), 61_504),
    ("dense_2", (64, 64), 4_160),
    ("dropout", (64, 64), 0),
    ("bilstm_1", (64, 256), 197_632),
    ("bilstm_2", (64, 128), 164_352),
    ("logits", (64, 33), 4_257),
]


def test_the_papers_network_has_the_papers_layers_shapes_and_parameters():
    network = paper(InputShape(60, 128, 64), 33, PaperParams())
    assert network.input_shape == (None, 60, 128, 1)
    convolutions = [network.get_layer(name) for name in ("conv_1", "pool_1", "conv_2", "pool_2")]
    assert sum(layer.count_params() for layer in convolutions) == 18_816
    assert convolutions[-1].output.shape == (None, 15, 64, 64)
    table = [
        (name, network.get_layer(name).output.shape[1:], network.get_layer(name).count_params())
        for name, _, _ in PAPER_TABLE
    ]
    assert table == PAPER_TABLE
    assert network.count_params() == 450_721
    assert sum(weight.shape.num_elements() for weight in network.trainable_weights) == 450_721


@pytest.mark.parametrize(("preset", "shape"), [("crnn", (32, 256)), ("bilstm", (36, 64)), ("bilstm", (32, 256))])
def test_each_preset_gives_logits_for_each_frame(make_params, preset, shape):
    params = make_params(model__preset=preset)
    assert build_network(params.model, shape, params.frames, 33).output_shape == (None, params.frames, 33)


@pytest.mark.parametrize("preset", ["crnn", "paper", "bilstm", "attention"])
def test_weights_have_the_same_names_in_one_process(make_params, preset):
    params = make_params(model__preset=preset)
    shape = (params.preprocess.height, params.preprocess.width)
    first, second = (build_network(params.model, shape, params.frames, 33) for _ in range(2))
    assert [weight.path for weight in first.weights] == [weight.path for weight in second.weights]
    assert [layer.name for layer in first.layers[1:]] == [layer.name for layer in second.layers[1:]]


def test_recurrent_cell_and_depth_follow_params(make_params):
    params = make_params(model__crnn__recurrent="gru", model__crnn__recurrent_layers=3)
    network = build_network(params.model, (32, 256), 64, 33)
    kinds = [type(layer.forward_layer).__name__ for layer in network.layers if hasattr(layer, "forward_layer")]
    assert kinds == ["GRU", "GRU", "GRU"]


@pytest.mark.parametrize("preset", NETWORKS)
def test_the_declared_frames_are_those_of_the_layers(make_params, preset):
    params = make_params(model__preset=preset, preprocess__features="auto")
    shape = (params.preprocess.height, params.preprocess.width)
    network = build_network(params.model, shape, params.frames, 33)
    assert network.output_shape == (None, params.model.network.frames(params.preprocess.width), 33)


def test_the_default_has_the_strides_and_parameters_that_it_always_had(make_params):
    params = make_params()
    assert params.model.crnn.strides(32) == [(2, 2), (2, 2), (2, 1), (2, 1)]
    network = build_network(params.model, (32, 256), params.frames, 33)
    assert network.get_layer("reshape").output.shape == (None, 64, 192)
    assert network.count_params() == 579_057


@pytest.mark.parametrize(
    ("depth", "height", "strides"),
    [
        (2, 32, [(2, 2), (2, 2)]),
        (5, 64, [(2, 2), (2, 2), (2, 1), (2, 1), (2, 1)]),
        (5, 32, [(2, 2), (1, 2), (2, 1), (2, 1), (2, 1)]),
        (8, 32, [(2, 2), (1, 2), (2, 1), (1, 1), (2, 1), (1, 1), (2, 1), (1, 1)]),
    ],
)
def test_halvings_are_spread_evenly_over_the_depth(make_params, depth, height, strides):
    params = make_params(model__crnn__channels=[4] * depth, preprocess__height=height)
    assert params.model.crnn.strides(height) == strides
    network = build_network(params.model, (height, 256), params.frames, 33)
    assert network.output_shape == (None, 64, 33)
    rows = height // 2 ** sum(row == 2 for row, _ in strides)
    assert network.get_layer("reshape").output.shape == (None, 64, rows * 4)


def test_a_column_becomes_the_largest_value_of_each_filter(make_params):
    params = make_params(model__crnn__column="max", model__crnn__channels=[4, 4, 6])
    network = build_network(params.model, (32, 256), params.frames, 33)
    maps, frames = (network.get_layer(name).output for name in ("conv_3_relu", "reshape"))
    images = np.random.default_rng(1).random((2, 32, 256, 1), np.float32)
    seen, made = keras.Model(network.inputs, [maps, frames])(images)
    assert seen.shape == (2, 4, 64, 6)
    assert np.array_equal(np.max(seen, axis=1), made)


@pytest.mark.parametrize(("norm", "kind"), [("batch", "BatchNormalization"), ("layer", "LayerNormalization")])
@pytest.mark.parametrize("preset", ["crnn", "bilstm"])
def test_normalization_stands_between_recurrent_layers_alone(make_params, preset, norm, kind):
    values = {f"model__{preset}__norm": norm, f"model__{preset}__recurrent_layers": 3}
    params = make_params(model__preset=preset, preprocess__features="pixels", **values)
    network = build_network(params.model, (32, 256), 64, 33)
    norms = [layer for layer in network.layers if layer.name.startswith("norm_")]
    assert [(layer.name, type(layer).__name__) for layer in norms] == [("norm_1", kind), ("norm_2", kind)]
    assert norms[0].input is network.get_layer("bidirectional_1").output


def test_frames_of_features_are_those_of_the_network_that_takes_them():
    assert NETWORKS["bilstm"].PIXELS_PER_FRAME == features.PIXELS_PER_FRAME


@pytest.mark.parametrize("preset", ["crnn", "bilstm", "attention"])
def test_a_network_of_any_width_has_the_weights_and_logits_of_one_of_that_width(make_params, preset):
    params = make_params(model__preset=preset, preprocess__features="pixels")
    wide = build_network(params.model, (32, 256), 64, 33, any_width=True)
    assert (wide.input_shape, wide.output_shape) == ((None, 32, None, 1), (None, None, 33))
    for width in (256, 96):
        whole = build_network(params.model, (32, width), width // 4, 33)
        assert whole.output_shape == (None, width // 4, 33)
        whole.set_weights(wide.get_weights())
        images = np.random.default_rng(1).random((2, 32, width, 1), np.float32)
        np.testing.assert_allclose(wide(images), whole(images), atol=1e-5)
