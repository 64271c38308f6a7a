import shutil
import subprocess
import sys

import numpy as np
import pytest

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, write_json
from inkpipe.model.artifacts import load_settings
from inkpipe.serving import Recognizer
from inkpipe.serving.runtimes import open_network

pytest_plugins = ["tests.tiny"]


@pytest.fixture
def images(draw):
    return np.stack([draw(text) for text in ("A", "ABBA", "CAB")])


def test_the_network_is_run_by_what_the_model_has_a_file_for(tiny_model, light_model, images):
    keras, onnx = open_network(tiny_model), open_network(light_model, threads=1)
    assert (type(keras).__name__, type(onnx).__name__) == ("CTCOCRModel", "OnnxNetwork")
    np.testing.assert_allclose(onnx.logits(images), keras.logits(images), atol=1e-4)


def test_both_runtimes_predict_the_same(tiny_model, light_model, draw, jpeg):
    encoded = [jpeg(draw(text)) for text in ("A", "ABBA", "CAB", "")]
    expected = list(Recognizer.load(tiny_model).recognize(encoded))
    received = list(Recognizer.load(light_model).recognize(encoded))
    assert [each.text for each in received] == [each.text for each in expected]
    assert [len(each.alternatives) for each in received] == [len(each.alternatives) for each in expected]
    for one, other in zip(received, expected, strict=True):
        assert one.characters == pytest.approx(other.characters, abs=1e-3)


def test_without_tensorflow_a_model_with_onnx_is_recognized_with(light_model, without_pipeline, tmp_path, jpeg, draw):
    (tmp_path / "a.jpg").write_bytes(jpeg(draw("ABBA")))
    program = (
        "import sys; from pathlib import Path; from inkpipe.serving import Recognizer\n"
        f"recognizer = Recognizer.load(Path({str(light_model)!r}))\n"
        f"print(next(recognizer.recognize([Path({str(tmp_path / 'a.jpg')!r}).read_bytes()])).text)"
    )
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, capture_output=True, text=True, env=without_pipeline, check=True).stdout
    (expected,) = Recognizer.load(light_model).recognize([jpeg(draw("ABBA"))])
    assert printed == f"{expected.text}\n"


@pytest.mark.parametrize("alternatives", [0, 1, 3])
def test_the_caller_may_ask_for_another_number_of_alternatives(light_model, draw, jpeg, alternatives):
    assert load_settings(light_model).decode.alternatives == 5
    (prediction,) = Recognizer.load(light_model, alternatives=alternatives).recognize([jpeg(draw("ABBA"))])
    assert len(prediction.alternatives) == alternatives


def test_a_network_of_another_model_is_refused(light_model, tmp_path):
    folder = shutil.copytree(light_model, tmp_path / "model")
    settings = read_json(folder / "recognizer.json", "train")
    write_json(folder / "recognizer.json", settings | {"vocabulary": Vocabulary(tuple("ABCD")).to_json()})
    with pytest.raises(InkpipeError, match=r"network\.onnx does not belong to the other files .* 6 classes, .* has 7"):
        open_network(folder)
