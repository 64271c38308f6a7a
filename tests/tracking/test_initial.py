import shutil

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import model_digest
from inkpipe.tracking import connect
from inkpipe.tracking.initial import initial_model
from inkpipe.tracking.registry import CHAMPION, register, set_alias

pytest_plugins = ["tests.tiny"]


def test_no_name_opens_no_store(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    assert initial_model(None, "inkpipe") is None


def test_the_champion_a_version_and_an_alias_name_registered_models(name, tiny_model):
    store = connect()
    run = store.client.create_run(store.experiment_id)
    version = register(store, name, tiny_model, run.info.run_id)
    set_alias(store, version, CHAMPION)
    for address in ("champion", f"models:/{name}/1", f"models:/{name}@champion"):
        initial = initial_model(address, name)
        assert (initial.name, initial.digest) == (f"{name} version 1", model_digest(tiny_model))
        assert initial.vocabulary.characters == ("A", "B", "C")
        assert initial.network.name == "crnn"


def test_a_path_counts_from_the_project(name, tiny_model, tmp_path):
    shutil.copytree(tiny_model, tmp_path / "mine")
    initial = initial_model("mine", name)
    assert (initial.name, initial.digest) == ("mine", model_digest(tiny_model))
    assert initial_model("mine/model.weights.h5", name).network is None


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("champion", r"the registry does not have. Received: models:/.*@champion in the MLflow store sqlite:"),
        ("models:/nobody/3", r"the registry does not have. Received: models:/nobody/3"),
        ("models:/nobody@best", r"the registry does not have. Received: models:/nobody@best"),
        ("models:/nobody", r"no address of a registered model. Received: models:/nobody. Write"),
        ("nowhere", r"names no model. Received: nowhere"),
    ],
)
def test_a_model_that_does_not_exist_is_named(name, address, message):
    with pytest.raises(InkpipeError, match=message):
        initial_model(address, name)
