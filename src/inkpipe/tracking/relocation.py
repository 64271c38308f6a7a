"""The artifacts of a SQLite store that was moved or copied with its project.

MLflow records every place of artifacts as an absolute URI. They belong in `mlartifacts` beside the database, so after a
move the recorded places are rewritten.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

ARTIFACTS = "mlartifacts"  # the folder of all artifacts, beside the database
# Columns of MLflow's tables: places that files are written to, and places that are only read after their first write.
WRITTEN = (("experiments", "artifact_location"), ("runs", "artifact_uri"))
READ = (
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


class _Move(NamedTuple):
    table: str
    column: str
    before: str
    after: str


def artifacts_uri(database: Path) -> str:
    """Give the place of artifacts that belong to a database, as a `file://` URI."""
    return (database.parent / ARTIFACTS).as_uri()


def follow_project(database: Path) -> list[Path]:
    """Rewrite recorded places that lie in the `mlartifacts` of the folder that the project was in before.

    The places of runs and experiments are always rewritten, so that a copy of a project never writes into the
    original. A model follows if its files are here, or are no longer at the recorded place. A folder `mlartifacts`
    that exists without a database beside it was chosen by the user, and stays.

    Args:
        database: an existing SQLite file with MLflow's tables; nobody else may be rewriting it.

    Returns:
        The earlier folders of the project; usually none.

    Raises:
        sqlite3.Error: the database cannot be read or written. Then nothing is changed.
    """
    with closing(sqlite3.connect(database, timeout=20)) as connection:
        moves = [
            _Move(table, column, before, after)
            for table, column in (*WRITTEN, *READ)
            for before, after in _stale(connection, table, column, database)
            if (table, column) in WRITTEN or _path(after).exists() or not _path(before).exists()
        ]
        with connection:  # one transaction
            for table, column, before, after in moves:
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (after, before))  # noqa: S608
    return sorted({_path(move.before.rpartition(f"/{ARTIFACTS}")[0]) for move in moves})


def _stale(connection: sqlite3.Connection, table: str, column: str, database: Path) -> Iterator[tuple[str, str]]:
    """Pairs of a recorded place in another folder's `mlartifacts`, and the same place in this project's."""
    here = artifacts_uri(database)
    query = (
        f"SELECT DISTINCT {column} FROM {table} "  # noqa: S608  (names from above)
        f"WHERE {column} LIKE 'file://%/{ARTIFACTS}%' AND {column} <> ? AND substr({column}, 1, ?) <> ?"
    )
    for (before,) in connection.execute(query, (here, len(here) + 1, f"{here}/")).fetchall():
        root, _, rest = before.rpartition(f"/{ARTIFACTS}")
        if rest[:1] in ("", "/") and _left_behind(_path(root), database):
            yield before, here + rest


def _left_behind(folder: Path, database: Path) -> bool:
    """Whether artifacts in a folder are those of this database before a move, or of the original that it copies."""
    original = (folder / database.name).exists() or (folder / "mlflow.db").exists()
    return original or not (folder / ARTIFACTS).exists()


def _path(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path))
