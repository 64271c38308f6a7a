"""The MLflow store: a SQLite database at the project's root, or the store that `MLFLOW_TRACKING_URI` names.

Importing this module imports no MLflow; its functions do.
"""

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
DEFAULT_EXPERIMENT = "inkpipe"  # unless MLFLOW_EXPERIMENT_NAME names another
# Settings of MLflow for every command and stage. A value that the user has set stays.
MLFLOW_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # standard output is for results
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",  # MLflow's 7 block a stage for minutes when a server is gone
}
SHORT_TIMEOUT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}  # seconds
LOCKED_RETRIES = 5  # waits of 0.2, 0.4, ... 3.2 s: 6 s in all


@dataclass(frozen=True)
class Store:
    """A store that has answered.

    Attributes:
        client: MLflow's client for it.
        uri: its tracking URI.
        experiment_id: the experiment that runs go to.
    """

    client: MlflowClient
    uri: str
    experiment_id: str


def tracking_uri() -> str:
    """Give the URI of the store: `MLFLOW_TRACKING_URI`, else `mlflow.db` at the project's root.

    Returns:
        A URI. A relative SQLite path counts from the project's root and becomes absolute, because `dvc exp run
        --temp` works in a folder that is deleted afterwards.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}mlflow.db"
    if uri.startswith(SQLITE):
        return f"{SQLITE}{(project_root() / uri.removeprefix(SQLITE)).resolve()}"
    return uri


def database() -> Path | None:
    """Give the SQLite file of the store.

    Returns:
        A path, which may not exist yet; None if the store is a server.
    """
    uri = tracking_uri()
    return Path(uri.removeprefix(SQLITE)) if uri.startswith(SQLITE) else None


def connect() -> Store:
    """Connect to the store, and point MLflow's own functions at it.

    Database and experiment are created if they do not exist. Several processes may do this at the same time. A server
    that does not answer raises within seconds.

    Returns:
        The store, ready for use.

    Raises:
        InkpipeError: the store cannot be reached, read or written.
    """
    for name, value in MLFLOW_SETTINGS.items():
        os.environ.setdefault(name, value)
    uri, path = tracking_uri(), database()
    with _locked_folder(path), translate_errors(), _environment(SHORT_TIMEOUT):
        import mlflow

        for logger in ("mlflow", "alembic"):
            logging.getLogger(logger).setLevel(logging.WARNING)
        mlflow.set_tracking_uri(uri)
        client = mlflow.MlflowClient(uri)
        experiment_id = _experiment(client, path)
        mlflow.set_experiment(experiment_id=experiment_id)
        return Store(client, uri, experiment_id)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn MLflow's exceptions into one message that names the store and says what to do.

    It works as a context manager and as a decorator, `@translate_errors()`.

    Raises:
        InkpipeError: MLflow raised an exception, or the database driver of the store is missing.
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


def retry_locked(call: Callable[[], T]) -> T:
    """Call a function, and again while other processes lock the SQLite database, for about 6 seconds.

    Args:
        call: a function without arguments that uses the store.

    Returns:
        Its result.

    Raises:
        mlflow.exceptions.MlflowException: the call failed for another reason, or the database stayed locked.
    """
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
def short_timeout() -> Iterator[None]:
    """Allow requests to a server 5 seconds and one retry: for calls that can be made up for later."""
    with _environment(SHORT_TIMEOUT):
        yield


def _experiment(client: MlflowClient, path: Path | None) -> str:
    from mlflow.exceptions import MlflowException

    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or DEFAULT_EXPERIMENT
    experiment = client.get_experiment_by_name(name)
    if experiment:
        return str(experiment.experiment_id)
    artifacts = (path.parent / "mlartifacts").as_uri() if path else None
    try:
        return str(client.create_experiment(name, artifact_location=artifacts))
    except MlflowException:
        if experiment := client.get_experiment_by_name(name):  # another process has created it meanwhile
            return str(experiment.experiment_id)
        raise


@contextmanager
def _locked_folder(path: Path | None) -> Iterator[None]:
    """Lock the folder of a SQLite store: MLflow's schema migration fails if two processes start it at the same time."""
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
    """Raise at once for a path that cannot be a database; MLflow would retry it for more than a minute."""
    connection = sqlite3.connect(path, timeout=20)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.rollback()
    finally:
        connection.close()


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables while the block runs."""
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
