import shutil

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import model_digest
from inkpipe.tracking import connect
from inkpipe.tracking.initial import initial_digest, initial_model
from inkpipe.tracking.registry import CHAMPION, register, set_alias

pytest_plugins = ["tests.tiny"]


@pytest.fixture
def params_of(name, make_params):
    """Parameters that name an initial model, with the champion's name in the registry of this test."""
    return lambda init_from, **values: make_params(train__init_from=init_from, promote__model_name=name, **values)


@pytest.fixture
def start(params_of):
    """Loads the model that `train.init_from` names."""
    return lambda init_from, **values: initial_model(params_of(init_from, **values))


def test_no_name_opens_no_store(monkeypatch, start):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    assert start(None) is None


def test_the_champion_a_version_and_an_alias_name_registered_models(name, tiny_model, start, params_of):
    store = connect()
    run = store.client.create_run(store.experiment_id)
    version = register(store, name, tiny_model, run.info.run_id)
    set_alias(store, version, CHAMPION)
    for address in ("champion", f"models:/{name}/1", f"models:/{name}@champion"):
        initial = start(address)
        assert (initial.name, initial.digest) == (f"{name} version 1", model_digest(tiny_model))
        assert initial.vocabulary.characters == ("A", "B", "C")
        assert initial.network.name == "crnn"
        assert initial_digest(params_of(address)) == initial.digest


def test_a_path_counts_from_the_project(tiny_model, tmp_path, start, params_of):
    shutil.copytree(tiny_model, tmp_path / "mine")
    initial = start("mine")
    assert (initial.name, initial.digest) == ("mine", model_digest(tiny_model))
    assert start("mine/model.weights.h5").network is None
    for path in ("mine", "mine/model.weights.h5"):
        assert initial_digest(params_of(path)) == start(path).digest
    assert initial_digest(params_of("nowhere")) is initial_digest(params_of(None)) is None


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
def test_a_model_that_does_not_exist_is_named(start, address, message):
    with pytest.raises(InkpipeError, match=message):
        start(address)


def test_a_model_of_images_that_were_prepared_otherwise_is_told(tiny_model, tmp_path, start, capsys):
    shutil.copytree(tiny_model, tmp_path / "mine")
    start("mine", preprocess__images_per_shard=7)
    start("mine/model.weights.h5", preprocess__crop="none")
    assert capsys.readouterr().out == ""
    start("mine", preprocess__crop="none", preprocess__stroke_width=1.5)
    told = "mine learned from images with preprocess.crop line (here none), preprocess.stroke_width 0.0 (here 1.5)"
    assert told in capsys.readouterr().out
