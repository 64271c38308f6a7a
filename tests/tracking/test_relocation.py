import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.files import write_json
from inkpipe.params import load_params
from inkpipe.tracking import connect, ensure_run, open_store
from inkpipe.tracking.packages import check_package
from inkpipe.tracking.registry import aliased_version, register, set_alias
from inkpipe.tracking.relocation import READ, WRITTEN, artifacts_uri, follow_project

pytest_plugins = ["tests.tiny"]

PARAMS = Path(__file__).parents[2] / "params.yaml"
NAME = "inkpipe"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A project with a champion, made once. Tests use copies of it."""
    folder = tmp_path_factory.mktemp("template") / "template"
    model = folder / "model"
    model.mkdir(parents=True)
    (folder / "dvc.yaml").touch()
    (model / "architecture.json").write_text("{}")
    (model / "model.weights.h5").write_text("weights")
    write_json(model / "recognizer.json", {"vocabulary": Vocabulary(tuple("ABC")).to_json(), "preprocess": {}})
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "DVC_ROOT", "DVC_STAGE"):
            patch.delenv(variable, raising=False)
        patch.chdir(folder)
        store = connect()
        run_id = ensure_run(store, model, [], load_params(PARAMS))
        set_alias(store, register(store, NAME, model, run_id), "champion")
    return folder


@pytest.fixture
def project(template, name, tmp_path, monkeypatch):
    """Make a project with a champion, and go into it: `project(folder name) -> folder`."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME")

    def make(folder_name="project"):
        folder = tmp_path / folder_name
        shutil.copytree(template, folder)
        assert follow_project(folder / "mlflow.db") == [template]
        monkeypatch.chdir(folder)
        return folder

    return make


def places(folder):
    """All recorded places, as paths."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        rows = [
            row for table, column in (*WRITTEN, *READ) for row in connection.execute(f"SELECT {column} FROM {table}")
        ]
    return [Path(unquote(urlsplit(uri).path)) for (uri,) in rows if uri.startswith("file:")]


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def check_champion():
    check_package(aliased_version(open_store(), NAME, "champion"))


def check_champion_in_a_process(folder):
    """For folders that only a relative URI can name: MLflow keeps a connection for each URI."""
    code = (
        "from inkpipe.tracking import connect\nfrom inkpipe.tracking.packages import check_package\n"
        "from inkpipe.tracking.registry import aliased_version\n"
        "check_package(aliased_version(connect(), 'inkpipe', 'champion'))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, timeout=120)


@pytest.mark.parametrize("new_name", ["renamed", "a b#c", "Übung ñ", "mlartifacts"])
def test_a_moved_project_keeps_its_champion_and_says_so_once(project, tmp_path, monkeypatch, capsys, new_name):
    before, after = project(), tmp_path / "elsewhere" / new_name
    after.parent.mkdir()
    before.rename(after)
    monkeypatch.chdir(after)
    capsys.readouterr()
    check_champion()
    assert capsys.readouterr() == (
        "",
        f"The project was at {before}. Its MLflow store now names the artifacts in {after}.\n",
    )
    check_champion()
    assert "The project was at" not in capsys.readouterr().err
    assert len(places(after)) >= 4
    assert all(place.is_relative_to(after / "mlartifacts") for place in places(after))
    assert not before.exists()


@pytest.mark.parametrize("new_name", ["a%20b", "a?b=c%3F"])
def test_a_project_moves_to_and_from_a_folder_that_a_uri_cannot_hold(project, tmp_path, monkeypatch, new_name):
    moved = project().rename(tmp_path / new_name)
    check_champion_in_a_process(moved)
    assert all(place.is_relative_to(moved / "mlartifacts") for place in places(moved))
    assert [path.name for path in tmp_path.iterdir()] == [new_name]
    monkeypatch.chdir(moved.rename(tmp_path / "plain"))
    check_champion()


def test_a_copy_reads_its_own_files_and_never_writes_into_the_original(
    project, tmp_path, monkeypatch, make_params, trained
):
    original, copy = project(), tmp_path / "copy"
    shutil.copytree(original, copy)
    untouched = files(original)
    monkeypatch.chdir(copy)
    store = connect()
    version = aliased_version(store, NAME, "champion")
    store.client.log_text(version.run_id, "more", "more.txt")
    another = trained("another")
    check_package(register(store, NAME, another, ensure_run(store, another, [], make_params())))
    assert files(original) == untouched
    assert all(place.is_relative_to(copy) for place in places(copy))
    shutil.rmtree(original / "mlartifacts")
    check_champion()


def test_a_copy_of_the_database_alone_reads_the_originals_models_and_writes_here(project, tmp_path, monkeypatch):
    original, copy = project(), tmp_path / "copy"
    copy.mkdir()
    (copy / "dvc.yaml").touch()
    shutil.copy(original / "mlflow.db", copy)
    untouched = files(original)
    monkeypatch.chdir(copy)
    check_champion()
    store = connect()
    run = store.client.get_run(aliased_version(store, NAME, "champion").run_id)
    assert run.info.artifact_uri.startswith(f"{artifacts_uri(copy / 'mlflow.db')}/")
    assert files(original) == untouched


def test_a_new_project_in_the_old_place_changes_nothing(project, tmp_path, monkeypatch):
    project().rename(tmp_path / "moved")
    again = project()  # in the place of the first
    untouched = files(again)
    monkeypatch.chdir(tmp_path / "moved")
    check_champion()
    assert files(again) == untouched


def test_artifacts_in_a_folder_that_the_user_chose_stay_there(project, tmp_path, monkeypatch):
    before, chosen = project(), tmp_path / "disk" / "mlartifacts"
    chosen.parent.mkdir()
    (before / "mlartifacts").rename(chosen)
    with closing(sqlite3.connect(before / "mlflow.db")) as connection, connection:
        for table, column in (*WRITTEN, *READ):
            connection.execute(
                f"UPDATE {table} SET {column} = replace({column}, ?, ?)",
                (artifacts_uri(before / "mlflow.db"), chosen.as_uri()),
            )
    assert follow_project(before / "mlflow.db") == []
    check_champion()
    assert all(place.is_relative_to(chosen) for place in places(before))


def test_a_database_that_fails_half_way_is_left_as_it_was(project, tmp_path):
    before = project()
    after = before.rename(tmp_path / "after")
    recorded = places(after)
    with closing(sqlite3.connect(after / "mlflow.db")) as connection, connection:
        connection.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON model_versions BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    with pytest.raises(sqlite3.Error, match="refused"):
        follow_project(after / "mlflow.db")
    assert places(after) == recorded
