import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from inkpipe.model.artifacts import model_digest
from inkpipe.tracking import connect, ensure_run
from inkpipe.tracking.local_registry import LocalVersion, local_version
from inkpipe.tracking.registry import register, remove_alias, set_alias

pytest_plugins = ["tests.tiny"]


@pytest.fixture
def champion(name, light_model, make_params):
    """A model with `network.onnx` that is champion; gives its version."""
    store = connect()
    version = register(store, name, light_model, ensure_run(store, light_model, [], make_params()))
    set_alias(store, version, "champion")
    return version


def package(name, alias):
    version = local_version(name, alias)
    return version and version.package()


def files(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_package_lies_where_mlflow_stored_it(champion, name, light_model):
    found = package(name, "champion")
    assert files(found.model_folder) == files(light_model)
    assert (found.folder / "MLmodel").is_file()
    assert (found.folder / "code/inkpipe/serving/recognizer_process.py").is_file()


def test_the_version_tells_its_number_folder_and_digest_and_follows_the_alias(champion, name, light_model, make_params):
    digest = model_digest(light_model)
    assert local_version(name, "champion") == LocalVersion(1, package(name, "champion").folder, digest)
    store = connect()
    set_alias(
        store, register(store, name, light_model, ensure_run(store, light_model, [], make_params())), "challenger"
    )
    assert local_version(name, "champion").number == 1
    assert local_version(name, "challenger").number == local_version(name, "champion").number
    assert local_version(name, "another") is None


def test_no_mlflow_is_imported(champion, name, without_pipeline):
    imported = "from inkpipe.tracking.local_registry import local_version"
    program = f"{imported}; print(local_version({name!r}, 'champion').package().folder)"
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, capture_output=True, text=True, env=without_pipeline, check=True).stdout
    assert Path(printed.strip()) == package(name, "champion").folder


def test_the_registry_is_asked_each_time(champion, name, tiny_model, light_model, make_params):
    assert package(name, "challenger") is None
    assert package("another", "champion") is None
    remove_alias(connect(), name, "champion")
    assert package(name, "champion") is None


def test_a_model_without_onnx_is_left_to_mlflow(name, tiny_model, make_params):
    store = connect()
    version = register(store, name, tiny_model, ensure_run(store, tiny_model, [], make_params()))
    set_alias(store, version, "champion")
    assert package(name, "champion") is None


def test_files_other_than_the_registered_ones_are_left_to_mlflow(champion, name):
    found = package(name, "champion")
    with (found.model_folder / "network.onnx").open("ab") as network:
        network.write(b" ")
    assert package(name, "champion") is None
    shutil.rmtree(found.folder)
    assert package(name, "champion") is None


@pytest.mark.parametrize("uri", ["http://127.0.0.1:1", "sqlite:///nothing.db", "sqlite:///other.db"])
def test_a_store_without_such_tables_is_left_to_mlflow(champion, name, monkeypatch, tmp_path, uri):
    (tmp_path / "other.db").write_text("This is no database.")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert package(name, "champion") is None
    assert not (tmp_path / "nothing.db").exists()
