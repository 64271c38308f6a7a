"""A pytest plugin for the tests around MLflow: a small model, and one store for all of them."""

import itertools
import os
from pathlib import Path

import numpy as np
import pytest

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.files import write_json
from inkpipe.params import load_params

numbers = itertools.count()


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """The folder of a small model with random weights, whose vocabulary is A, B and C."""
    import keras

    from inkpipe.model.artifacts import save_model
    from inkpipe.model.networks import build_network
    from inkpipe.model.ocr import CTCOCRModel

    params = load_params(Path(__file__).parents[1] / "params.yaml")
    small = {"channels": (4, 4, 4, 4), "recurrent_layers": 1, "recurrent_units": 8}
    model = params.model.model_copy(update={"preset": "crnn", "crnn": params.model.crnn.model_copy(update=small)})
    vocabulary = Vocabulary(tuple("ABC"))
    keras.utils.set_random_seed(0)
    shape = (params.preprocess.height, params.preprocess.width)
    network = build_network(model, shape, model.network.frames(params.preprocess.width), vocabulary.classes)
    folder = tmp_path_factory.mktemp("tiny") / "model"
    folder.mkdir()
    save_model(folder, CTCOCRModel(network, vocabulary, params.decode), params.preprocess)
    return folder


@pytest.fixture(scope="session")
def light_model(tiny_model, tmp_path_factory):
    """The same model with its network as ONNX, which needs no TensorFlow."""
    from inkpipe.onnx.export import export_model

    folder = tmp_path_factory.mktemp("light") / "recognizer"
    folder.mkdir()
    export_model(folder, tiny_model, [("noise", np.random.default_rng(0).integers(0, 256, (32, 256), np.uint8))])
    return folder


@pytest.fixture
def without_pipeline(tmp_path_factory):
    """The environment of a process in which no package of the extra `pipeline` is installed."""
    folder = tmp_path_factory.mktemp("without")
    for name in ("tensorflow", "keras", "mlflow", "great_expectations", "dvc", "pandas", "matplotlib", "onnx"):
        (folder / f"{name}.py").write_text(f"raise ModuleNotFoundError(name={name!r})")
    return {**os.environ, "PYTHONPATH": str(folder)}


@pytest.fixture(scope="session")
def database_uri(tmp_path_factory):
    """A SQLite store for all tests; each has its own experiment and model name in it."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'mlflow.db'}"


@pytest.fixture
def name(database_uri, tmp_path, monkeypatch):
    """The name of this test's experiment and registered model. The test runs in an empty folder, outside of DVC."""
    own = f"test-{next(numbers)}"
    for variable in ("DVC_ROOT", "DVC_STAGE", "DVC_EXP_NAME", "DVC_EXP_BASELINE_REV"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database_uri)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", own)
    monkeypatch.chdir(tmp_path)
    return own


@pytest.fixture
def own_store(name, tmp_path, monkeypatch):
    """The path of an empty SQLite store of this test's own, for commands that look for the model name `inkpipe`."""
    path = tmp_path / "own.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{path}")
    return path


@pytest.fixture
def trained(tmp_path):
    """Make the files of a model that no network reads: `trained(name) -> folder`. Each name has its own digest."""

    def make(content="model"):
        folder = tmp_path / content
        folder.mkdir(parents=True)
        (folder / "architecture.json").write_text("{}")
        (folder / "model.weights.h5").write_text(content)
        write_json(folder / "recognizer.json", {"vocabulary": Vocabulary(tuple("ABC")).to_json(), "preprocess": {}})
        return folder

    return make
