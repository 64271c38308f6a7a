import hashlib
import subprocess
import sys

import numpy as np
import pytest

import onnx
from inkpipe.data.vocabulary import BLANK
from inkpipe.imaging import prepared_shape
from inkpipe.model.ocr import as_input
from inkpipe.model.widths import needed_widths
from inkpipe.onnx.convert import network_to_onnx

SMALL = {"model__crnn__channels": [4, 4, 6, 8], "model__crnn__recurrent_units": 8, "preprocess__width": 64}
SMALL_ATTENTION = {
    "model__preset": "attention",
    "model__attention__channels": [4, 4, 6, 8],
    "model__attention__units": 16,
    "model__attention__recurrent_units": 8,
    "preprocess__width": 64,
}
NETWORKS = {
    "crnn": SMALL,
    "gru": {**SMALL, "model__crnn__recurrent": "gru", "model__crnn__norm": "batch"},
    "column max": {**SMALL, "model__crnn__column": "max", "model__crnn__norm": "layer"},
    "deep": {**SMALL, "model__crnn__channels": [4, 4, 4, 4, 4, 4, 4, 4], "preprocess__height": 64},
    "paper": {"model__preset": "paper"},
    "bilstm": {"model__preset": "bilstm", "model__bilstm__recurrent_units": 8, "preprocess__width": 64},
    "bilstm of pixels": {
        "model__preset": "bilstm",
        "model__bilstm__recurrent_units": 8,
        "model__bilstm__norm": "batch",
        "preprocess__width": 64,
        "preprocess__features": "pixels",
    },
    "attention": SMALL_ATTENTION,
    "crnn with an attention decoder": {**SMALL, "train__loss": "cross_entropy"},
    "attention and recurrence": {**SMALL_ATTENTION, "model__attention__recurrent_layers": 1},
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_gives_the_logits_of_keras(name, make_params, built, as_onnx):
    params = make_params(**NETWORKS[name])
    network = built(params)  # whose input is a whole canvas
    images = np.random.default_rng(0).integers(0, 256, (3, *prepared_shape(params.preprocess)), np.uint8)
    expected = np.asarray(network(as_input(images), training=False))
    received = as_onnx(network)
    assert received.classes == 6
    np.testing.assert_allclose(received.logits(images), expected, atol=1e-4)
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(received.logits(images[1:2]), expected[1:2], atol=1e-4)  # any number of images


@pytest.mark.parametrize("name", sorted(NETWORKS.keys() - {"paper"}))
def test_a_network_of_any_width_gives_the_logits_of_keras(name, make_params, built, as_onnx):
    params = make_params(**NETWORKS[name])
    network = built(params, any_width=True)
    rows, columns = prepared_shape(params.preprocess)
    images = np.random.default_rng(0).integers(0, 256, (4, rows, columns), np.uint8)
    images[0, :, 20:] = images[0, :, 20:21]
    images[1:3, :, 5:] = images[1, :, 5:6]
    needed = [min(columns, width) for width in (24, 8, 8, 1000)]
    assert needed_widths(images).tolist() == needed
    received = as_onnx(network).logits(images)
    assert received.shape[1] == params.frames * (2 if params.train.loss == "cross_entropy" else 1)
    for image, width, logits in zip(images, needed, received, strict=True):
        expected = np.asarray(network(as_input(image[np.newaxis, :, :width]), training=False))[0]
        np.testing.assert_allclose(logits[: len(expected)], expected, atol=1e-4)
        assert len(expected) * columns == len(logits) * width
        assert (logits[len(expected) :].argmax(axis=1) == BLANK).all()


def test_the_file_says_which_sizes_it_takes(make_params, built):
    def axes(any_width):
        network = built(make_params(**NETWORKS["attention"]), any_width=any_width)
        graph = onnx.load_from_string(network_to_onnx(network)).graph
        return [
            [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]
            for value in (*graph.input, *graph.output)
        ]

    assert axes(any_width=True) == [["batch", 32, "own_width"], ["batch", "frames", 6]]
    assert axes(any_width=False) == [["batch", 32, 64], ["batch", "frames", 6]]


def test_a_batch_norm_behind_a_convolution_leaves_no_node(make_params, built):
    model = onnx.load_from_string(network_to_onnx(built(make_params(**SMALL))))
    operators = [node.op_type for node in model.graph.node]
    assert operators.count("Conv") == 4
    assert operators.count("LSTM") == 2
    assert operators.count("Mul") == operators.count("BatchNormalization") == 0
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 17)]


PROGRAM = """
import hashlib, sys
import inkpipe.model.lstm
from inkpipe.backend import keras
from inkpipe.model.widths import needed_widths
from inkpipe.onnx.convert import network_to_onnx
network = keras.models.model_from_json(open(sys.argv[1]).read())
network.load_weights(sys.argv[2])
print(hashlib.sha256(network_to_onnx(network)).hexdigest())
"""


def test_another_process_writes_the_same_bytes(make_params, built, tmp_path):
    network = built(make_params(**SMALL))
    (tmp_path / "network.json").write_text(network.to_json())
    network.save_weights(tmp_path / "network.weights.h5")
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "network.json"), str(tmp_path / "network.weights.h5")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == hashlib.sha256(network_to_onnx(network)).hexdigest()
