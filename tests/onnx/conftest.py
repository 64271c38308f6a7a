"""Networks with weights that tell every part apart, and their files."""

import numpy as np
import pytest


def scattered(network, seed=0):
    """Give every weight random values: fresh biases, norms and their statistics are 0 or 1, and would hide a fault."""
    rng = np.random.default_rng(seed)
    for weight in network.weights:
        positive = weight.path.endswith(("gamma", "moving_variance"))
        values = rng.uniform(0.5, 2, weight.shape) if positive else rng.normal(0, 0.3, weight.shape)
        weight.assign(values)
    return network


@pytest.fixture(scope="session")
def built():
    """Build the network of parameters, for whole canvases or for any width: `built(params, any_width=False)`."""

    def build(params, classes=6, any_width=False):
        from inkpipe.imaging import prepared_shape
        from inkpipe.model.attention_decoder import decode_by_attention
        from inkpipe.model.networks import build_network

        shape = prepared_shape(params.preprocess)
        network = build_network(params.model, shape, params.frames, classes, any_width=any_width)
        if params.train.loss == "cross_entropy":
            network = decode_by_attention(network, classes, params.model.attention_decoder)
        return scattered(network)

    return build


@pytest.fixture
def as_onnx(tmp_path):
    """Write a network as ONNX and open the file: `as_onnx(network)`."""

    def convert(network):
        from inkpipe.onnx.convert import network_to_onnx
        from inkpipe.onnx.network import OnnxNetwork

        path = tmp_path / "network.onnx"
        path.write_bytes(network_to_onnx(network))
        return OnnxNetwork(path)

    return convert


@pytest.fixture
def both(as_onnx):
    """The logits of a layer in a small network, by Keras and by ONNX: `both(layers, shape) -> (expected, received)`.

    The layers stand between an image of `shape` and logits of three classes for each frame.
    """

    def run(*parts, shape=(4, 8)):
        from inkpipe.backend import keras
        from inkpipe.model.ocr import as_input

        image = x = keras.layers.Input((*shape, 1), name="image")
        for part in parts:
            x = part(x)
        if len(x.shape) == 4:
            x = keras.layers.Permute((2, 1, 3), name="columns")(x)
            x = keras.layers.Reshape((x.shape[1], x.shape[2] * x.shape[3]), name="frames")(x)
        network = scattered(keras.Model(image, keras.layers.Dense(3, name="logits")(x)))
        images = np.random.default_rng(1).integers(0, 256, (3, *shape), np.uint8)
        expected = np.asarray(network(as_input(images), training=False))
        received = as_onnx(network).logits(images)
        assert np.ptp(expected) > 0.1  # no layer hides the others
        return expected, received

    return run


@pytest.fixture
def on_frames(both):
    """As `both`, of layers that take frames: (batch, 8 frames, 4 values)."""

    def run(*parts):
        from inkpipe.backend import keras

        turn = keras.layers.Permute((2, 1, 3), name="turn")
        return both(turn, keras.layers.Reshape((8, 4), name="reshape"), *parts)

    return run
