import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.tracking.store import (
    connect,
    database,
    if_present,
    open_store,
    retry_locked,
    short_timeout,
    tracking_uri,
    translate_errors,
)

pytest_plugins = ["tests.tiny"]


@pytest.fixture
def outside(monkeypatch, tmp_path):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path.resolve()


def test_the_default_store_is_at_the_project_root_whatever_the_working_folder(outside, monkeypatch):
    (outside / "dvc.yaml").touch()
    (outside / "below").mkdir()
    monkeypatch.chdir(outside / "below")
    assert tracking_uri() == f"sqlite:///{outside}/mlflow.db"
    assert database() == outside / "mlflow.db"


def test_in_a_temporary_copy_of_the_project_the_store_is_at_the_real_root(outside, monkeypatch, tmp_path_factory):
    copy = tmp_path_factory.mktemp("copy")
    (copy / "dvc.yaml").touch()
    monkeypatch.chdir(copy)
    monkeypatch.setenv("DVC_ROOT", str(outside))
    assert tracking_uri() == f"sqlite:///{outside}/mlflow.db"


@pytest.mark.parametrize(
    ("given", "used", "file"),
    [
        ("sqlite:///runs/my.db", "sqlite:///{root}/runs/my.db", "{root}/runs/my.db"),
        ("sqlite:////var/my.db", "sqlite:////var/my.db", "/var/my.db"),
        ("http://server:5000", "http://server:5000", None),
        ("sqlite:///my.db?timeout=30", "sqlite:///{root}/my.db?timeout=30", "{root}/my.db"),
        ("sqlite:////var/a#b/my.db", "sqlite:////var/a#b/my.db", "/var/a#b/my.db"),
    ],
)
def test_the_variable_wins_and_a_relative_database_counts_from_the_root(outside, monkeypatch, given, used, file):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", given)
    assert tracking_uri() == used.format(root=outside)
    assert (str(database()) if database() else None) == (file and file.format(root=outside))


@pytest.mark.parametrize("folder", ["a%20b", "a?b", "a?b=c", "a%3Fb"])
def test_a_path_that_a_uri_cannot_hold_is_relative_to_the_working_folder(outside, monkeypatch, folder):
    below = outside / folder / "below"
    below.mkdir(parents=True)
    (outside / folder / "dvc.yaml").touch()
    monkeypatch.chdir(below)
    assert (tracking_uri(), database()) == ("sqlite:///../mlflow.db", outside / folder / "mlflow.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{outside / folder}/own.db")
    assert (tracking_uri(), database()) == ("sqlite:///../own.db", outside / folder / "own.db")


def test_a_uri_that_is_escaped_as_sqlalchemy_does_names_the_folder(outside, monkeypatch):
    (outside / "a?b").mkdir()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{outside}/a%3Fb/own.db")
    assert database() == outside / "a?b" / "own.db"


def test_connecting_leaves_the_variable_as_it_is(own_store, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///own.db")
    connect()
    assert os.environ["MLFLOW_TRACKING_URI"] == "sqlite:///own.db"
    assert own_store.exists()


def test_a_deleted_experiment_can_be_read_and_the_message_restores_it(name):
    store = connect()
    store.client.delete_experiment(store.experiment_id)
    assert open_store().uri == store.uri
    with pytest.raises(InkpipeError, match=f"was deleted. Received: experiment '{name}'") as raised:
        connect()
    command = re.search("`(.*)`", str(raised.value))[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "MLFLOW_TRACKING_URI": "unused"}
    subprocess.run(command, shell=True, check=True, env=environment, capture_output=True)
    assert connect().experiment_id == store.experiment_id


def test_the_remedy_for_the_projects_own_store_names_no_server(outside):
    from mlflow.exceptions import MlflowException

    with pytest.raises(InkpipeError, match="restore it from a backup, or move it away") as raised, translate_errors():
        raise MlflowException("no such table")
    assert "unset" not in str(raised.value)


def test_connect_makes_the_experiment_once_with_artifacts_beside_the_database(name, database_uri):
    first, second = connect(), connect()
    assert first.experiment_id == second.experiment_id
    experiment = first.client.get_experiment(first.experiment_id)
    assert experiment.name == name
    folder = database_uri.removeprefix("sqlite:///").rpartition("/")[0]
    assert experiment.artifact_location.startswith(f"file://{folder}/mlartifacts")


def test_a_server_that_does_not_answer_is_one_error_within_seconds(name, monkeypatch):
    import mlflow  # noqa: F401  (so that its import is not timed)

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    start = time.monotonic()
    with pytest.raises(
        InkpipeError, match=r"http://127\.0\.0\.1:9 cannot be used\. Received: .*unset MLFLOW_TRACKING_URI"
    ):
        connect()
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("database_file", ["file/mlflow.db", "folder", "text"])
def test_a_path_that_cannot_be_a_database_is_one_error(outside, monkeypatch, database_file):
    (outside / "file").touch()
    (outside / "folder").mkdir()
    (outside / "text").write_text("this is not a database, but it is long enough to look like something" * 9)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{database_file}")
    with pytest.raises(InkpipeError, match=f"{database_file} cannot be opened for writing"):
        connect()


def test_first_users_at_once_do_not_race(outside):
    code = (
        "import sys, mlflow\nfrom inkpipe.tracking import connect\n"
        "print('ready', flush=True)\nsys.stdin.readline()\nprint(connect().experiment_id)"
    )
    pipe = subprocess.PIPE
    both = [subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    assert [user.stdout.readline() for user in both] == ["ready\n", "ready\n"]
    for user in both:
        user.stdin.write("now\n")
        user.stdin.flush()
    assert [user.communicate()[0] for user in both] == ["1\n", "1\n"]


def test_a_call_is_retried_while_the_database_is_locked_and_other_errors_are_raised(monkeypatch):
    from mlflow.exceptions import MlflowException

    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    failures = iter([MlflowException("(sqlite3.OperationalError) database is locked")] * 2)

    def call():
        for failure in failures:
            raise failure
        return "done"

    assert retry_locked(call) == "done"
    assert waits == [0.2, 0.4]

    def fail():
        raise MlflowException("no such run")

    with pytest.raises(MlflowException, match="no such run"):
        retry_locked(fail)


def test_what_the_store_does_not_have_is_none_and_other_errors_are_raised():
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST

    def fail(code):
        raise MlflowException("It failed.", code)

    assert if_present(lambda: 1) == 1
    assert if_present(lambda: fail(RESOURCE_DOES_NOT_EXIST)) is None
    with pytest.raises(MlflowException, match="It failed"):
        if_present(lambda: fail(INVALID_PARAMETER_VALUE))


def test_a_short_timeout_holds_for_its_block_alone(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "7")
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_TIMEOUT", raising=False)
    with short_timeout():
        assert (os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"], os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"]) == ("1", "5")
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "7"
    assert "MLFLOW_HTTP_REQUEST_TIMEOUT" not in os.environ


def test_an_experiment_whose_files_only_a_server_reaches_is_refused_without_that_server(own_store, name):
    open_store().client.create_experiment(name, artifact_location="mlflow-artifacts:/1")
    with pytest.raises(InkpipeError, match=rf"docs/team\.md.*mlflow experiments create --experiment-name {name} "):
        connect()


def test_a_missing_driver_is_one_error(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://runs")

    @translate_errors()
    def use():
        raise ImportError("No module named 'psycopg'")

    with pytest.raises(InkpipeError, match=r"postgresql://runs needs a driver .*'psycopg'\..*--extra postgres"):
        use()


def test_the_ui_opens_the_experiment_as_one_of_trainings(name):
    store = connect()
    experiment = store.client.get_experiment(store.experiment_id)
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"
