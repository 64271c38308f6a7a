"""The MLflow store: a SQLite database at the project's root, or the store that `MLFLOW_TRACKING_URI` names.

Importing this module imports no MLflow; its functions do.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import shlex
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote

from inkpipe.errors import InkpipeError, without_passwords
from inkpipe.files import project_root
from inkpipe.tracking.relocation import artifacts_uri, follow_project

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment

T = TypeVar("T")
SQLITE = "sqlite:///"
TRACKING_URI = "MLFLOW_TRACKING_URI"
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
EXPERIMENT_TAGS = {"mlflow.experimentKind": "custom_model_development"}  # else the UI may open it as one of agents
PROXIED = "mlflow-artifacts:"  # the places of files that only a server can reach
LOCKED_RETRIES = 5  # waits of 0.2, 0.4, ... 3.2 s: 6 s in all


@dataclass(frozen=True)
class ReadStore:
    """A store that has answered. It needs no experiment, so it can be read when the experiment was deleted.

    Attributes:
        client: MLflow's client for it.
        uri: its tracking URI.
    """

    client: MlflowClient
    uri: str

    @property
    def shown_uri(self) -> str:
        """The tracking URI for people, without a password."""
        return without_passwords(self.uri)


@dataclass(frozen=True)
class Store(ReadStore):
    """A store that runs and models can be logged to.

    Attributes:
        experiment_id: the experiment that runs go to.
    """

    experiment_id: str


def tracking_uri() -> str:
    """Give the URI of the store: `MLFLOW_TRACKING_URI`, else `mlflow.db` at the project's root.

    Returns:
        A URI. A relative SQLite path counts from the project's root and becomes absolute, because `dvc exp run
        --temp` works in a folder that is deleted afterwards. A path with `%` or `?`, which MLflow cannot take, becomes
        relative to the working folder if that avoids them; a process that uses it must not change its folder.
    """
    path = database()
    if path is None:
        return os.environ[TRACKING_URI]
    _, query = _split_query(os.environ.get(TRACKING_URI, ""))
    return f"{SQLITE}{_without_escapes(path)}{query}"


def database() -> Path | None:
    """Give the SQLite file of the store.

    Returns:
        An absolute path, which may not exist yet; None if the store is a server.
    """
    uri = os.environ.get(TRACKING_URI) or f"{SQLITE}mlflow.db"
    if not uri.startswith(SQLITE):
        return None
    name, _ = _split_query(uri.removeprefix(SQLITE))
    path = (project_root() / name).resolve()
    if path.parent.exists():
        return path
    decoded = (project_root() / unquote(name)).resolve()  # of a URI that is written as SQLAlchemy writes it
    return decoded if decoded.parent.exists() else path


def open_store() -> ReadStore:
    """Open the store to read it, and point MLflow's own functions at it.

    A database is created if it does not exist. Several processes may do this at the same time. A server that does not
    answer raises within seconds. If the project was moved or copied, its artifacts are recorded at their new place.

    Returns:
        The store.

    Raises:
        InkpipeError: the store cannot be reached or read.
    """
    with _opened() as (store, _):
        return store


def connect() -> Store:
    """Open the store as `open_store` does, to log to its experiment, which is created if it does not exist.

    Returns:
        The store, ready for use.

    Raises:
        InkpipeError: the store cannot be reached, read or written, or its experiment was deleted in the MLflow UI.
    """
    with _opened() as (store, existing):
        import mlflow

        experiment = existing or _new_experiment(store.client)
        if experiment.lifecycle_stage == "deleted":
            raise _deleted(store, experiment)
        if _is_database(store.uri) and experiment.artifact_location.startswith(PROXIED):
            raise _without_files(experiment.name)
        mlflow.set_experiment(experiment_id=experiment.experiment_id)
        return Store(store.client, store.uri, str(experiment.experiment_id))


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
            "Install it into .venv (that of PostgreSQL: `.venv/bin/uv sync --extra postgres --inexact`), "
            "or unset MLFLOW_TRACKING_URI to use the project's own store, and run again."
        ) from error
    except MlflowException as error:
        raise InkpipeError(
            f"The MLflow store at {tracking_uri()} cannot be used. Received: {_first_line(error)} {_remedy()}"
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


def if_present(call: Callable[[], T]) -> T | None:
    """Call a function that uses something which the store may not have, as another process may have removed it.

    Args:
        call: a function without arguments that uses the store.

    Returns:
        Its result; None if the store does not have what it uses.

    Raises:
        mlflow.exceptions.MlflowException: the call failed for another reason.
    """
    from mlflow.exceptions import MlflowException

    try:
        return call()
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return None


@contextmanager
def short_timeout() -> Iterator[None]:
    """Allow requests to a server 5 seconds and one retry: for calls that can be made up for later."""
    with _environment(SHORT_TIMEOUT):
        yield


@contextmanager
def _opened() -> Iterator[tuple[ReadStore, Experiment | None]]:
    """The store with its experiment, if there is one, while other processes that would open it wait."""
    for name, value in MLFLOW_SETTINGS.items():
        os.environ.setdefault(name, value)
    uri, path = tracking_uri(), database()
    with _locked_folder(path), translate_errors(), _environment(SHORT_TIMEOUT):
        import mlflow

        for logger in ("mlflow", "alembic"):
            logging.getLogger(logger).setLevel(logging.WARNING)
        with _environment({TRACKING_URI: uri}):  # MLflow exports it, but it may be relative to this working folder
            mlflow.set_tracking_uri(uri)
        client = mlflow.MlflowClient(uri)
        experiment = client.get_experiment_by_name(_experiment_name())  # the first call creates or migrates the tables
        if path:
            _follow(path)
        yield ReadStore(client, uri), experiment


def _follow(path: Path) -> None:
    for folder in follow_project(path):
        note = f"The project was at {folder}. Its MLflow store now names the artifacts in {path.parent}."
        print(note, file=sys.stderr, flush=True)  # standard output is for results


def _experiment_name() -> str:
    return os.environ.get("MLFLOW_EXPERIMENT_NAME") or DEFAULT_EXPERIMENT


def _new_experiment(client: MlflowClient) -> Experiment:
    from mlflow.exceptions import MlflowException

    name, path = _experiment_name(), database()
    if path is None and _is_database(tracking_uri()):
        raise _without_files(name)
    try:
        location = path and artifacts_uri(path)
        created = client.create_experiment(name, artifact_location=location, tags=EXPERIMENT_TAGS)
        return client.get_experiment(created)
    except MlflowException:
        if experiment := client.get_experiment_by_name(name):  # another process has created it meanwhile
            return experiment
        raise


def _is_database(uri: str) -> bool:
    """Whether a URI is one of a database, such as `postgresql+psycopg://...`, and not of a server."""
    from mlflow.store.db.db_types import DATABASE_ENGINES

    return re.split(r"[+:]", uri, maxsplit=1)[0] in DATABASE_ENGINES


def _without_files(experiment: str) -> InkpipeError:
    return InkpipeError(
        f"A database alone holds no files, so those of models would stay on this machine. Received: {tracking_uri()}. "
        "Name an MLflow server that has this database and a place for files (see docs/team.md), or an experiment in "
        "MLFLOW_EXPERIMENT_NAME that was made with a place that all can reach: `mlflow experiments create "
        f"--experiment-name {shlex.quote(experiment)} --artifact-location s3://BUCKET/FOLDER`."
    )


def _deleted(store: ReadStore, experiment: Experiment) -> InkpipeError:
    command = f"mlflow experiments restore --experiment-id {experiment.experiment_id}"
    return InkpipeError(
        f"The MLflow experiment that runs go to was deleted. Received: experiment {experiment.name!r} in {store.uri}. "
        f"Restore it with `{TRACKING_URI}={shlex.quote(store.uri)} {command}`, "
        "or name another one in MLFLOW_EXPERIMENT_NAME, and run again."
    )


def _remedy() -> str:
    if database() is None:
        return (
            "Start or repair that server, or unset MLFLOW_TRACKING_URI to use the project's own store, and run again."
        )
    return (
        "End other programs that write to it, restore it from a backup, "
        "or move it away to begin with an empty store, and run again."
    )


def _split_query(uri: str) -> tuple[str, str]:
    """Split off options of the database driver, such as `?timeout=30`. A folder may have a `?` in its name."""
    match = re.fullmatch(r"(.*?)(\?\w+=[^/]*)?", uri, re.DOTALL)
    return (match[1], match[2] or "") if match else (uri, "")


def _without_escapes(path: Path) -> str:
    """A path that SQLAlchemy and MLflow both take as it is. They disagree on `%`, and `?` begins options."""
    relative = os.path.relpath(path, Path.cwd().resolve())
    candidates = (str(path), relative)
    return next((text for text in candidates if not {"%", "?"} & set(text)), quote(str(path)))


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
