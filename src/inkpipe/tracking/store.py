"""The MLflow store: a SQLite database at the project's root unless `MLFLOW_TRACKING_URI` names another or a server."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from inkpipe.errors import InkpipeError
from inkpipe.files import project_root

if TYPE_CHECKING:
    from mlflow import MlflowClient

T = TypeVar("T")
SQLITE = "sqlite:///"
DEFAULT_EXPERIMENT = "inkpipe"
SURROUNDINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # standard output belongs to what the user asked for
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",  # MLflow's 7 let a server that went away hold a stage for minutes
}
FIRST_CONTACT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}
LOCKED_RETRIES = 5


@dataclass(frozen=True)
class Store:
    """A store that answers: its client, its URI and the id of the experiment that runs go to."""

    client: MlflowClient
    uri: str
    experiment_id: str


def tracking_uri() -> str:
    """`MLFLOW_TRACKING_URI`, else SQLite at the project's root; a SQLite path is always absolute.

    `dvc exp run --temp` works in a folder that is deleted afterwards, so a relative path means the project's root.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}mlflow.db"
    if uri.startswith(SQLITE):
        return f"{SQLITE}{(project_root() / uri.removeprefix(SQLITE)).resolve()}"
    return uri


def database() -> Path | None:
    """The SQLite file of the store, which may not exist yet; None for a server."""
    uri = tracking_uri()
    return Path(uri.removeprefix(SQLITE)) if uri.startswith(SQLITE) else None


def connect() -> Store:
    """Reach the store, make database and experiment if there are none, and point MLflow's own functions at it.

    A server that does not answer is given up within seconds; processes that come first at once do not race.

    Raises:
        InkpipeError: the store cannot be reached, read or written.
    """
    for name, value in SURROUNDINGS.items():
        os.environ.setdefault(name, value)
    uri, path = tracking_uri(), database()
    with _one_at_a_time(path), understood(), _environment(FIRST_CONTACT):
        import mlflow

        for chatty in ("mlflow", "alembic"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        mlflow.set_tracking_uri(uri)
        client = mlflow.MlflowClient(uri)
        experiment_id = _experiment(client, path)
        mlflow.set_experiment(experiment_id=experiment_id)
        return Store(client, uri, experiment_id)


@contextmanager
def understood() -> Iterator[None]:
    """Turn what MLflow raises into one message that names the store and says what to do.

    Raises:
        InkpipeError: MLflow raised.
    """
    from mlflow.exceptions import MlflowException

    try:
        yield
    except ImportError as error:
        raise InkpipeError(
            f"The MLflow store at {tracking_uri()} needs a driver that is not installed. Received: {error}. "
            "Install it into .venv, or unset MLFLOW_TRACKING_URI to use the project's own store, and run again."
        ) from error
    except MlflowException as error:
        raise InkpipeError(
            f"The MLflow store at {tracking_uri()} cannot be used. Received: {_first_line(error)} "
            "Start or repair that server, or unset MLFLOW_TRACKING_URI to use the project's own store, and run again."
        ) from error


def patiently(call: Callable[[], T]) -> T:
    """Call, and call again while other processes hold the SQLite database."""
    from mlflow.exceptions import MlflowException

    for attempt in range(LOCKED_RETRIES):
        try:
            return call()
        except MlflowException as error:
            if "database is locked" not in str(error):
                raise
            time.sleep(0.2 * 2**attempt)
    return call()


@contextmanager
def briefly() -> Iterator[None]:
    """Give up on a server within seconds: for what can be said later just as well."""
    with _environment(FIRST_CONTACT):
        yield


def _experiment(client: MlflowClient, path: Path | None) -> str:
    from mlflow.exceptions import MlflowException

    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or DEFAULT_EXPERIMENT
    found = client.get_experiment_by_name(name)
    if found:
        return str(found.experiment_id)
    artifacts = (path.parent / "mlartifacts").as_uri() if path else None
    try:
        return str(client.create_experiment(name, artifact_location=artifacts))
    except MlflowException:
        if found := client.get_experiment_by_name(name):  # another process was first
            return str(found.experiment_id)
        raise


@contextmanager
def _one_at_a_time(path: Path | None) -> Iterator[None]:
    """Hold the folder of a SQLite store: MLflow's schema migration fails where two processes come first at once."""
    if path is None:
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            _check_writable(path)
            yield
        finally:
            os.close(folder)
    except (OSError, sqlite3.Error) as error:
        raise InkpipeError(
            f"The MLflow store at {path} cannot be opened for writing. Received: {error}. "
            "Make the file and its folder writable, or name another store in MLFLOW_TRACKING_URI."
        ) from error


def _check_writable(path: Path) -> None:
    # MLflow would retry an impossible path for more than a minute.
    connection = sqlite3.connect(path, timeout=20)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.rollback()
    finally:
        connection.close()


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__).rstrip(".") + "."
