"""The package that an alias of a local registry names, found without MLflow, whose import takes seconds.

MLflow's SQLite tables are the registry here as everywhere; they are only read. Whatever is not as expected, such as a
server in place of the database, a project that was moved, or files other than the registered ones, gives no package:
the caller then asks MLflow, which knows how to go on or says what is wrong.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import NETWORK, model_digest
from inkpipe.tracking.model_version import MODEL_DIGEST
from inkpipe.tracking.packages import Package, read_package
from inkpipe.tracking.store import database

QUERY = """
    SELECT version.storage_location, digest.value
    FROM registered_model_aliases AS alias
    JOIN model_versions AS version ON version.name = alias.name AND version.version = alias.version
    JOIN model_version_tags AS digest ON digest.name = version.name AND digest.version = version.version
    WHERE alias.name = ? AND alias.alias = ? AND digest.key = ?
"""


def local_package(name: str, alias: str) -> Package | None:
    """Find the package of a registered model that can be recognized with without MLflow.

    Args:
        name: of the registered model.
        alias: such as `champion`.

    Returns:
        The package where MLflow stored it, with the files that were registered; None if there is no such package, if
        its model has no `network.onnx`, or if anything is not as expected.
    """
    found = _registered(name, alias)
    if found is None:
        return None
    location, digest = found
    try:
        package = read_package(location)
        usable = (package.model_folder / NETWORK).is_file() and model_digest(package.model_folder) == digest
    except (OSError, InkpipeError):
        return None
    return package if usable else None


def _registered(name: str, alias: str) -> tuple[Path, str] | None:
    """The folder of a version's package and the digest of its model; None if the tables do not say."""
    path = database()
    if path is None or not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            rows = connection.execute(QUERY, (name, alias, MODEL_DIGEST)).fetchall()
    except sqlite3.Error:
        return None
    if len(rows) != 1 or not str(rows[0][0]).startswith("file://"):
        return None
    return Path(unquote(urlsplit(rows[0][0]).path)), rows[0][1]
