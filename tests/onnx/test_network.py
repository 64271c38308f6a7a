import numpy as np
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.imaging.hog import HOG_SIZE
from inkpipe.onnx.network import OnnxNetwork


@pytest.mark.parametrize("content", [b"", b"no network", None])
def test_a_file_that_is_no_network_is_one_error(tmp_path, content):
    path = tmp_path / "network.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InkpipeError, match=r"network\.onnx is no network\. Received: .*dvc repro -sf evaluate"):
        OnnxNetwork(path)


def test_a_damaged_file_is_one_error(tmp_path, make_params, built, as_onnx):
    as_onnx(built(make_params(model__preset="bilstm", model__bilstm__recurrent_units=4)))
    path = tmp_path / "network.onnx"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InkpipeError, match="is no network"):
        OnnxNetwork(path)


def test_logits_are_float32_of_each_image_and_frame(make_params, built, as_onnx):
    network = as_onnx(built(make_params(model__preset="bilstm", model__bilstm__recurrent_units=4)))
    logits = network.logits(np.full((2, HOG_SIZE, 64), 255, np.uint8))
    assert (logits.shape, logits.dtype) == ((2, 64, 6), np.float32)
