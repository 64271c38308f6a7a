import hashlib
from pathlib import Path

import pytest

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.files import write_json
from inkpipe.imaging import UnreadableImage
from inkpipe.model.prediction import Prediction
from inkpipe.serving import Recognizer
from inkpipe.serving.registered import registered_recognizer
from inkpipe.tracking import connect, ensure_run
from inkpipe.tracking.packages import requirements
from inkpipe.tracking.registry import find_version, register

pytest_plugins = ["tests.tiny"]

# Code that only the registered model has: it marks each text.
MARKING = """
_recognize_each = Recognizer.recognize_each

def _marked(self, images):
    for key, result in _recognize_each(self, images):
        yield key, result if isinstance(result, UnreadableImage) else Prediction('>' + result.text, result.confidence)

Recognizer.recognize_each = _marked
"""
# Code in place of that of version 0.1: the text of every image is the content of the weights, and the variables of the
# user's that would change what Keras computes, against which that version does nothing. Its prints must not
# get between the answers of the process.
OLD_CODE = """
import mlflow, os, pandas, pathlib

class Served(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.text = pathlib.Path(context.artifacts["reader"], "model.weights.h5").read_text()
        self.text += " ".join(["", *(f"{name}={os.environ.get(name)}" for name in ("KERAS_BACKEND", "TF_XLA_FLAGS"))])
        print("loaded")

    def predict(self, context, model_input: pandas.DataFrame, params=None):
        print("predicting")
        return pandas.DataFrame([(self.text, 0.5)] * len(model_input), columns=["text", "confidence"])

mlflow.models.set_model(Served())
"""


@pytest.fixture
def version(name, tiny_model, make_params):
    store = connect()
    return register(store, name, tiny_model, ensure_run(store, tiny_model, [], make_params()))


@pytest.fixture
def old_version(name, tmp_path):
    """A model that version 0.1 registered: its settings are reader.json, its artifact is `reader`."""
    import mlflow
    from mlflow.models import Model

    folder, code = tmp_path / "model", tmp_path / "served.py"
    folder.mkdir()
    (folder / "architecture.json").write_text("{}")
    (folder / "model.weights.h5").write_text("OLD")
    write_json(
        folder / "reader.json", {"vocabulary": Vocabulary(tuple("ABC")).to_json(), "preprocess": {"crop": "ink"}}
    )
    digest = hashlib.sha256()
    for file in ("architecture.json", "model.weights.h5", "reader.json"):
        digest.update(file.encode() + b"\0" + hashlib.sha256((folder / file).read_bytes()).digest())
    code.write_text(OLD_CODE)
    store, tags = connect(), {"inkpipe.model_digest": digest.hexdigest()}
    logged = Model.log(
        None,
        mlflow.pyfunc,
        name="reader",
        run_id=store.client.create_run(store.experiment_id).info.run_id,
        tags=tags,
        python_model=str(code),
        artifacts={"reader": str(folder)},
        pip_requirements=["mlflow"],
    )
    mlflow.register_model(f"models:/{logged.model_id}", name, tags=tags)
    return find_version(store, name, digest.hexdigest())


def location(version):
    model = connect().client.get_logged_model(version.model_id)
    return Path(model.artifact_location.removeprefix("file://"))


def test_a_registered_model_recognizes_like_the_model_and_by_its_own_code(version, tiny_model, draw, jpeg):
    with (location(version) / "code/inkpipe/serving/recognizer.py").open("a") as registered_code:
        registered_code.write(MARKING)
    images = [jpeg(draw("A")), b"no image", jpeg(draw("ABC"))]
    expected = list(Recognizer.load(tiny_model).recognize([images[0], images[2]]))
    with registered_recognizer(version) as recognizer:
        assert recognizer.vocabulary.characters == ("A", "B", "C")
        given = [("a", images[0]), ("bad", images[1]), ("gone", UnreadableImage("No such file.")), ("c", images[2])]
        results = dict(recognizer.recognize_each(given))
    assert list(results) == ["a", "bad", "gone", "c"]
    assert [results["a"].text, results["c"].text] == [f">{each.text}" for each in expected]
    confidences = [results["a"].confidence, results["c"].confidence]
    assert confidences == pytest.approx([each.confidence for each in expected])
    assert str(results["bad"]).startswith("Not an image. Received: 8 bytes")
    assert str(results["gone"]) == "No such file."


def test_a_model_that_version_0_1_registered_is_checked_and_run(old_version, draw, jpeg, monkeypatch):
    for name, value in (("KERAS_BACKEND", "torch"), ("TF_XLA_FLAGS", "--tf_xla_auto_jit=2")):
        monkeypatch.setenv(name, value)
    text = "OLD KERAS_BACKEND=tensorflow TF_XLA_FLAGS=None"
    with registered_recognizer(old_version) as recognizer:
        assert recognizer.vocabulary.characters == ("A", "B", "C")
        assert list(recognizer.recognize_each([("a", jpeg(draw("A")))])) == [("a", Prediction(text, 0.5))]
    with (location(old_version) / "artifacts/model/reader.json").open("a") as settings:
        settings.write(" ")
    with (
        pytest.raises(InkpipeError, match="version 1 are not those that were registered"),
        registered_recognizer(old_version),
    ):
        pass


def test_a_registered_model_with_onnx_is_run_by_its_own_code_without_mlflow(
    name, light_model, make_params, draw, jpeg, without_pipeline, monkeypatch
):
    store = connect()
    version = register(store, name, light_model, ensure_run(store, light_model, [], make_params()))
    with (location(version) / "code/inkpipe/serving/recognizer.py").open("a") as registered_code:
        registered_code.write(MARKING)
    (expected,) = Recognizer.load(light_model).recognize([jpeg(draw("ABC"))])
    monkeypatch.setenv("PYTHONPATH", without_pipeline["PYTHONPATH"])  # of the processes
    images = [("a", jpeg(draw("ABC"))), ("bad", b"no image")]
    with registered_recognizer(version) as recognizer:
        results = dict(recognizer.recognize_each(images))
    assert results["a"].text == f">{expected.text}"
    assert results["a"].confidence == pytest.approx(expected.confidence)
    assert str(results["bad"]).startswith("Not an image.")


def test_a_model_with_onnx_asks_its_server_for_no_tensorflow(tiny_model, light_model):
    names = [{line.split("==")[0] for line in requirements(folder)} for folder in (tiny_model, light_model)]
    assert names[0] - names[1] == {"tensorflow", "keras", "h5py"}
    assert names[1] - names[0] == {"onnxruntime"}
