"""The package that an alias of a local registry names, found without MLflow, whose import takes seconds.

MLflow's SQLite tables are the registry here as everywhere; they are only read. Whatever is not as expected, such as a
server in place of the database, a project that was moved, or files other than the registered ones, gives no package:
the caller then asks MLflow, which knows how to go on or says what is wrong.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import NETWORK, model_digest
from inkpipe.tracking.model_version import MODEL_DIGEST
from inkpipe.tracking.packages import Package, read_package
from inkpipe.tracking.store import database

QUERY = """
    SELECT version.version, version.storage_location, digest.value
    FROM registered_model_aliases AS alias
    JOIN model_versions AS version ON version.name = alias.name AND version.version = alias.version
    JOIN model_version_tags AS digest ON digest.name = version.name AND digest.version = version.version
    WHERE alias.name = ? AND alias.alias = ? AND digest.key = ?
"""


class LocalVersion(NamedTuple):
    """What the tables say of a version.

    Attributes:
        number: of the version, from 1.
        folder: of its package.
        digest: of the model's files when it was registered.
    """

    number: int
    folder: Path
    digest: str

    def package(self) -> Package | None:
        """The package with the files that were registered; None if they are not so, or have no `network.onnx`."""
        try:
            package = read_package(self.folder)
            usable = (package.model_folder / NETWORK).is_file() and model_digest(package.model_folder) == self.digest
        except (OSError, InkpipeError):
            return None
        return package if usable else None


def local_version(name: str, alias: str) -> LocalVersion | None:
    """Find the version that an alias names, by one query.

    Args:
        name: of the registered model.
        alias: such as `champion`.

    Returns:
        The version; None if the tables do not say.
    """
    path = database()
    if path is None or not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            rows = connection.execute(QUERY, (name, alias, MODEL_DIGEST)).fetchall()
    except sqlite3.Error:
        return None
    if len(rows) != 1 or not str(rows[0][1]).startswith("file://"):
        return None
    number, location, digest = rows[0]
    return LocalVersion(number, Path(unquote(urlsplit(location).path)), digest)
