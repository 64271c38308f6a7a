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


@pytest.mark.parametrize("preset", ["crnn", "paper", "bilstm"])
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


def test_frames_of_features_are_those_of_the_network_that_takes_them():
    assert NETWORKS["bilstm"].PIXELS_PER_FRAME == features.PIXELS_PER_FRAME
