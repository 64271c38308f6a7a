"""One process at a time changes a registered model and its aliases, or looks for a run and logs it if there is none.

MLflow itself does not see to that.

A SQLite store is locked by a file beside the database. A server gives no access to its database, so there the lock is a
registered model of its own: its name can be taken only once, whoever asks, from whatever machine.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from inkpipe.locks import FileLock
from inkpipe.progress import say
from inkpipe.tracking.store import ReadStore, database, if_present, translate_errors

if TYPE_CHECKING:
    from mlflow import MlflowClient

RUNS = "inkpipe.runs"  # what is locked while runs are looked for, and logged if there are none
SUFFIX = ".lock"  # of a name: that of the registered model which is its lock
HOLDER = "inkpipe.holder"  # tag of a lock: who has it
PURPOSE = "Held while inkpipe changes the registered model of this name, for a second or so."
# Seconds that one process may hold the lock of a server, many times what it needs: after that it was killed.
LEASE = 30.0
PAUSE = 0.2  # seconds between two attempts, on average


@contextmanager
def exclusive(store: ReadStore, name: str) -> Iterator[None]:
    """Let one process at a time change something of a store. Others wait until the block ends.

    Args:
        store: that is changed.
        name: of the registered model, or of what else is changed. A block must not be inside of another one.

    Raises:
        InkpipeError: the store fails, or the lock file cannot be written.
    """
    path = database()
    with _locked_file(path.with_name(f"{path.name}.lock")) if path else _locked_name(store, f"{name}{SUFFIX}"):
        yield


def _locked_file(path: Path) -> FileLock:
    return FileLock.acquire(path, "The MLflow store cannot be locked.", f"Make {path.parent} writable.")


@contextmanager
def _locked_name(store: ReadStore, lock: str) -> Iterator[None]:
    holder = uuid.uuid4().hex
    with translate_errors():
        _take(store.client, lock, holder)
    try:
        yield
    finally:
        with translate_errors():
            _release(store.client, lock, holder)


def _take(client: MlflowClient, lock: str, holder: str) -> None:
    """Wait for the lock. A holder that does not change for `LEASE` was killed, and loses it."""
    known, since = None, time.monotonic()
    while not _taken(client, lock, holder):
        other = _holder(client, lock)
        if other != known:
            known, since = other, time.monotonic()
        elif other and time.monotonic() - since > LEASE:
            say(f"The lock {lock!r} of the registry is {LEASE:.0f} s old, so its holder was killed. It is removed.")
            _release(client, lock, other)
        time.sleep(random.uniform(0.5, 1.5) * PAUSE)


def _taken(client: MlflowClient, lock: str, holder: str) -> bool:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(lock, tags={HOLDER: holder}, description=PURPOSE)
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_ALREADY_EXISTS", "RESOURCE_DOES_NOT_EXIST"):  # or it was just removed
            raise
        return _holder(client, lock) == holder  # a request that was repeated after its answer was lost
    return True


def _holder(client: MlflowClient, lock: str) -> str | None:
    model = if_present(lambda: client.get_registered_model(lock))
    return model.tags.get(HOLDER, "") if model else None


def _release(client: MlflowClient, lock: str, holder: str) -> None:
    """Remove a lock, if it is still that of the holder."""
    if _holder(client, lock) == holder:
        if_present(lambda: client.delete_registered_model(lock))  # another process may be faster
