import numpy as np
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import model_digest, model_files
from inkpipe.model.prediction import Prediction
from inkpipe.onnx import export
from inkpipe.onnx.export import Comparison, compare, export_model
from inkpipe.onnx.layers import CONVERTERS

pytest_plugins = ["tests.tiny"]

IMAGES = [(f"{number}.jpg", np.full((2, 3), number, np.uint8)) for number in range(3)]


class FakeNetwork:
    """A network whose logits of an image are its first pixel, and `more` of one image."""

    def __init__(self, more=0.0, at=None):
        self.more, self.at = more, at

    def logits(self, images):
        logits = np.repeat(images[:, :1, :1].astype(np.float32), 4, axis=2)
        logits[images[:, 0, 0] == self.at] += self.more
        return logits


class FakeDecoder:
    """The text of an image is its logit, with the given confidences."""

    def __init__(self, *confidences):
        self.confidences = iter(confidences)

    def decode(self, logits):
        confidence = next(self.confidences)
        return [Prediction(repr(float(each[0, 0])), confidence) for each in logits]


@pytest.fixture
def prepared(draw):
    return [(text, draw(text)) for text in ("A", "ABBA", "CAB", "")]


def test_a_model_gets_its_network_as_onnx_beside_its_other_files(tiny_model, tmp_path, prepared):
    said = export_model(tmp_path, tiny_model, prepared)
    assert said.startswith("network.onnx as Keras on 4 images (logits within ")
    assert model_files(tmp_path) == [*model_files(tiny_model), "network.onnx"]
    for name in model_files(tiny_model):
        assert (tmp_path / name).read_bytes() == (tiny_model / name).read_bytes()
    assert model_digest(tmp_path) != model_digest(tiny_model)


def test_the_same_model_is_exported_to_the_same_bytes(tiny_model, tmp_path, prepared):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        export_model(tmp_path / name, tiny_model, prepared)
    assert model_digest(tmp_path / "a") == model_digest(tmp_path / "b")


def test_a_layer_without_converter_leaves_the_model_to_keras_and_says_so(tiny_model, tmp_path, prepared, monkeypatch):
    monkeypatch.delitem(CONVERTERS, "Bidirectional")
    said = export_model(tmp_path, tiny_model, prepared)
    assert said.startswith("no network.onnx, so Keras will run the model. The network cannot be written as ONNX.")
    assert "'bidirectional_1' of Bidirectional" in said
    assert model_digest(tmp_path) == model_digest(tiny_model)


def test_a_wrong_converter_stops_the_export(tiny_model, tmp_path, prepared, monkeypatch):
    monkeypatch.setitem(CONVERTERS, "ReLU", CONVERTERS["Dropout"])  # gives its input unchanged
    with pytest.raises(
        InkpipeError, match="does not give what Keras gives for [ABC]*. Received: logits that differ by"
    ):
        export_model(tmp_path, tiny_model, prepared)


def test_networks_that_agree_are_compared_in_all_batches(monkeypatch):
    monkeypatch.setattr(export, "BATCH", 2)
    assert compare(FakeNetwork(), FakeNetwork(), FakeDecoder(1, 1, 1, 1), IMAGES) == Comparison(3, 0.0, 0)
    assert Comparison(3, 2e-5, 0).describe() == "network.onnx as Keras on 3 images (logits within 2e-05)"


@pytest.mark.parametrize("more", [0.001, np.nan])
def test_a_logit_out_of_tolerance_is_an_error_that_names_the_image(more):
    with pytest.raises(InkpipeError, match=r"gives for 1\.jpg\. Received: logits that differ by (0\.001|nan)\."):
        compare(FakeNetwork(), FakeNetwork(more, 1), FakeDecoder(1, 1), IMAGES)


def test_another_text_is_an_error_unless_both_are_equally_likely():
    network = FakeNetwork(6e-5, 1)
    with pytest.raises(InkpipeError, match=r"for 1\.jpg\. Received: '1\.0000\d+' instead of '1\.0'"):
        compare(FakeNetwork(), network, FakeDecoder(0.9, 0.8), IMAGES)
    tie = compare(FakeNetwork(), network, FakeDecoder(0.45, 0.4501), IMAGES)
    assert (tie.images, tie.ties) == (3, 1)
    assert "1 tie(s) between texts" in tie.describe()
