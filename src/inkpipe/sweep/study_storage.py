"""Where the trials of a sweep are kept: a file of the project, or a database of a team."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from inkpipe.errors import InkpipeError

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

STORAGE = "INKPIPE_SWEEP_STORAGE"  # stands for sweep.storage, so that a password need not be in params.yaml
HEARTBEAT, GRACE = 30, 120  # seconds: a trial of a database that is silent for longer counts as failed
LOCK_SECONDS = 60  # how long a worker waits for another one to write to SQLite


def storage_address(given: str, project: Path) -> str:
    """Name the storage so that every process of this machine finds it.

    Args:
        given: `sweep.storage`.
        project: the root of the project.

    Returns:
        An absolute path, or a URL.

    Raises:
        InkpipeError: it is neither a URL nor a file of a known kind.
    """
    given = os.environ.get(STORAGE) or given
    if "://" in given:
        return given
    if Path(given).suffix not in (".journal", ".db"):
        raise InkpipeError(
            f"sweep.storage is of no known kind. Received: {given}. Name a file that ends in .journal or .db, or the "
            "URL of a database such as postgresql://HOST/NAME."
        )
    return str((project / given).resolve())


def open_storage(address: str) -> BaseStorage:
    """Open a storage; it is created if it does not exist.

    Args:
        address: of `storage_address`.

    Raises:
        InkpipeError: the database cannot be reached, or its driver is not installed.
    """
    from optuna.exceptions import StorageInternalError
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    if "://" not in address:
        Path(address).parent.mkdir(parents=True, exist_ok=True)
        if address.endswith(".journal"):
            return JournalStorage(JournalFileBackend(address))
    url = address if "://" in address else f"sqlite:///{address}"
    options = {"connect_args": {"timeout": LOCK_SECONDS}} if url.startswith("sqlite") else {}
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Argument ``heartbeat_interval`` is an experimental feature")
            return RDBStorage(url, engine_kwargs=options, heartbeat_interval=HEARTBEAT, grace_period=GRACE)
    except (SQLAlchemyError, StorageInternalError, ImportError) as error:
        try:
            shown = make_url(url).render_as_string(hide_password=True)
        except SQLAlchemyError:
            shown = url.split("://")[0] + "://..."
        raise InkpipeError(
            f"The storage of the sweep cannot be used. Received: {type(error).__name__} for {shown}. Start that "
            f"database and install its driver, or name a file in sweep.storage or {STORAGE}."
        ) from error
