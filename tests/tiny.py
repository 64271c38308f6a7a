"""A pytest plugin with what the tests around MLflow share: a small reader, and a store that is made once."""

import itertools
from pathlib import Path

import pytest

from inkpipe.files import write_json
from inkpipe.params import load_params
from inkpipe.vocabulary import Vocabulary

numbers = itertools.count()


@pytest.fixture(scope="session")
def tiny_reader(tmp_path_factory):
    """The folder of a small reader with random weights, which knows A, B and C."""
    import keras

    from inkpipe.model.architectures import build_network
    from inkpipe.model.artifacts import save_reader
    from inkpipe.model.ocr import CTCOCRModel

    params = load_params(Path(__file__).parents[1] / "params.yaml")
    small = {"channels": (4, 4, 4, 4), "recurrent_layers": 1, "recurrent_units": 8}
    model = params.model.model_copy(update={"preset": "crnn", "crnn": params.model.crnn.model_copy(update=small)})
    params = params.model_copy(update={"model": model})
    vocabulary = Vocabulary(tuple("ABC"))
    keras.utils.set_random_seed(0)
    network = build_network(params, (params.preprocess.height, params.preprocess.width), vocabulary.classes)
    folder = tmp_path_factory.mktemp("tiny") / "model"
    folder.mkdir()
    save_reader(folder, CTCOCRModel(network, vocabulary), params.preprocess)
    return folder


@pytest.fixture(scope="session")
def database_uri(tmp_path_factory):
    """A SQLite store for all tests; each has its own experiment and model name in it."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'mlflow.db'}"


@pytest.fixture
def name(database_uri, tmp_path, monkeypatch):
    """The name of this test's experiment and registered model; the test stands in an empty folder, outside of DVC."""
    own = f"test-{next(numbers)}"
    for variable in ("DVC_ROOT", "DVC_STAGE", "DVC_EXP_NAME", "DVC_EXP_BASELINE_REV"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database_uri)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", own)
    monkeypatch.chdir(tmp_path)
    return own


@pytest.fixture
def trained(tmp_path):
    """Make what looks like what training leaves: `make(name) -> (model folder, history)`; each name its own digest.

    The history is empty unless `epochs` are given: drawing its curves takes time.
    """

    def make(content="model", epochs=""):
        folder = tmp_path / content
        folder.mkdir()
        (folder / "architecture.json").write_text("{}")
        (folder / "model.weights.h5").write_text(content)
        write_json(folder / "reader.json", {"vocabulary": Vocabulary(tuple("ABC")).to_json(), "preprocess": {}})
        history = tmp_path / "history.csv"
        history.write_text(f"epoch,loss,val_loss,val_cer,learning_rate\n{epochs}")
        return folder, history

    return make
