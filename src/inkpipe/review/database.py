"""The file of a review: images, predictions, and what people decided. SQLite, one file.

It holds all that the desk needs, images too: the data may be moved away, and no request reaches the file system. A
decision is on disk when it is answered, and stays there whatever happens to the process or the machine.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inkpipe.errors import InkpipeError

FORMAT = 1  # of the tables, as SQLite's `user_version`
APPLICATION = 0x696E6B70  # "inkp", as SQLite's `application_id`
WAIT = 30  # seconds for another process that writes
TABLES = """
CREATE TABLE models (
    id INTEGER PRIMARY KEY, version TEXT NOT NULL, digest TEXT NOT NULL, vocabulary TEXT NOT NULL,
    UNIQUE (version, digest)
);
CREATE TABLE images (
    id INTEGER PRIMARY KEY, -- in the order of the data
    name TEXT NOT NULL UNIQUE,
    split TEXT, label TEXT, extra TEXT NOT NULL, -- as its source gives them; extra is JSON
    content_digest TEXT NOT NULL,
    random_place REAL NOT NULL, -- 0 to 1, by which random samples are drawn
    model INTEGER REFERENCES models, -- what the following comes from; null: not recognized yet
    text TEXT, confidence REAL, characters TEXT, alternatives TEXT, warnings TEXT, error TEXT, -- lists are JSON
    suspicion REAL, -- how many times likelier the text is than the label, logarithm an edit; null: not to be compared
    decision INTEGER REFERENCES decisions -- the one that holds; null: not checked
);
CREATE INDEX by_confidence ON images (decision, confidence);
CREATE INDEX by_suspicion ON images (decision, suspicion DESC) WHERE suspicion IS NOT NULL;
CREATE INDEX at_random ON images (decision, random_place);
CREATE INDEX by_random_place ON images (random_place);
CREATE INDEX with_error ON images (id) WHERE error IS NOT NULL;
CREATE TABLE pictures (image INTEGER PRIMARY KEY REFERENCES images, content BLOB NOT NULL);
CREATE TABLE decisions ( -- what people did, in order; nothing is ever deleted
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE, -- chosen by the page: a request that comes twice counts once
    image INTEGER NOT NULL REFERENCES images,
    kind TEXT NOT NULL, text TEXT, prediction TEXT, model INTEGER REFERENCES models,
    queue TEXT NOT NULL, reviewer TEXT NOT NULL, session TEXT NOT NULL, decided_at TEXT NOT NULL, seconds REAL,
    undone_at TEXT
);
CREATE INDEX of_image ON decisions (image);
CREATE INDEX of_reviewer ON decisions (reviewer, kind);
CREATE TABLE claims ( -- images that someone has on the screen
    image INTEGER PRIMARY KEY REFERENCES images, session TEXT NOT NULL, queue TEXT NOT NULL, until REAL NOT NULL
);
CREATE TABLE transcripts (name TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE pages (page TEXT PRIMARY KEY, transcript TEXT NOT NULL REFERENCES transcripts, lines TEXT NOT NULL);
"""


class Database:
    """An open review. Several threads may use it, and several processes its file.

    Args:
        path: of the file.
        connection: to it, without transactions of its own.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._connection, self._lock = path, connection, threading.RLock()

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query.

        Args:
            query: with `?` for values.
            values: of them.
        """
        with self._lock, _translated(self.path):
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, values: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row of a query; None if there is none."""
        return next(iter(self.rows(query, values)), None)

    def value(self, query: str, values: Sequence[Any] = ()) -> Any:
        """The first value of the first row of a query; None if there is none."""
        row = self.row(query, values)
        return row[0] if row else None

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Change the file as a whole or not at all. All is on disk when the block has ended.

        Yields:
            The connection; no other thread or process changes the file meanwhile.
        """
        with self._lock, _translated(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk ends it by itself
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


@contextmanager
def open_review(path: Path, *, create: bool = False) -> Iterator[Database]:
    """Open a review until the block ends.

    Args:
        path: of its file.
        create: whether to make an empty one where there is none.

    Yields:
        The review.

    Raises:
        InkpipeError: there is none, the file is something else, or it cannot be used.
    """
    if not create and not path.is_file():
        raise InkpipeError(f"There is no review. Received: {path}. Begin one with `inkpipe review DATA`.")
    with _translated(path):
        # `check_same_thread`: the lock of `Database` takes care of that
        connection = sqlite3.connect(path, timeout=WAIT, isolation_level=None, check_same_thread=False)
    database = Database(path, connection)
    try:
        with _translated(path):
            _prepare(path, connection)
        yield database
    finally:
        database.close()


def now() -> str:
    """The time now as in the file: UTC, ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def as_text(content: Any) -> str:
    """Content as JSON in a column."""
    return json.dumps(content, ensure_ascii=False)


def _prepare(path: Path, connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    # One file, and on disk before a decision is answered, its folder's entries too
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN IMMEDIATE")  # two first users at once
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables and not version:
        for statement in TABLES.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute("COMMIT")
    if tables and (version, application) != (FORMAT, APPLICATION):
        raise InkpipeError(
            f"The file is no review of this version. Received: {path}. Name another file with --store, "
            "or use the version of inkpipe that made it."
        )


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise  # a defect
    except sqlite3.DatabaseError as error:
        raise InkpipeError(
            f"The review cannot be used. Received: {path}, {error}. "
            "Check that it is a review, that it and its folder can be written, and that the disk has room."
        ) from error
