"""Which label belongs to which file: a join on disk, so that memory stays flat at any number of images."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from inkpipe.errors import InkpipeError
from inkpipe.sources.archive import Entry

# A nameless SQLite database is a temporary file that goes when its connection does. The cache is in KiB.
SETTINGS = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; PRAGMA cache_size = -16384;"
PRIMARY = 0xFF  # the bits of an error code that tell its kind
NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
TABLE = """
    CREATE TABLE label (
        key TEXT PRIMARY KEY, split TEXT, filename TEXT, text TEXT, line INTEGER,
        name TEXT, place INTEGER, packed INTEGER, size INTEGER, crc INTEGER, method INTEGER
    ) WITHOUT ROWID
"""


class Ledger:
    """Labels by key, each with the file that was matched to it, if one was.

    Raises:
        InkpipeError: by every method, if the temporary folder has no room.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript(SETTINGS + TABLE)
        self._database.execute("BEGIN")

    def add(self, key: str, split: str, filename: str, text: str | None, line: int) -> bool:
        """Enter a label and its line; False, and nothing changes, if there is one of that key."""
        row = (key, split, filename, text, line)
        done = self._execute(
            "INSERT OR IGNORE INTO label (key, split, filename, text, line) VALUES (?, ?, ?, ?, ?)", row
        )
        return done.rowcount == 1

    def holds(self, key: str, text: str | None) -> bool:
        """Whether the label of that key has this text."""
        found = self._execute("SELECT 1 FROM label WHERE key = ? AND text IS ?", (key, text))
        return found.fetchone() is not None

    def match(self, key: str, entry: Entry) -> bool:
        """Note the file of a label; False, and nothing changes, if no label of that key waits for one."""
        done = self._execute(
            "UPDATE label SET name = ?, place = ?, packed = ?, size = ?, crc = ?, method = ? "
            "WHERE key = ? AND place IS NULL",
            (*entry, key),
        )
        return done.rowcount == 1

    def counts(self) -> dict[str, int]:
        """How many labels of each split have a file; splits without one are absent."""
        return dict(self._execute("SELECT split, count(*) FROM label WHERE place NOT NULL GROUP BY split"))

    def matched(self, split: str) -> Iterator[tuple[str, str | None, Entry]]:
        """Filename, label and file of a split's labels that have a file, in the order of the files' places."""
        rows = self._execute(
            "SELECT filename, text, name, place, packed, size, crc, method FROM label "
            "WHERE split = ? AND place NOT NULL ORDER BY place",
            (split,),
        )
        return ((filename, text, Entry(*entry)) for filename, text, *entry in rows)

    def unmatched(self) -> Iterator[tuple[str, str, str | None, int]]:
        """Split, filename, label and line of the labels that have no file, in the order of their keys."""
        return iter(self._execute("SELECT split, filename, text, line FROM label WHERE place IS NULL ORDER BY key"))

    def _execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement, values)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & PRIMARY not in NO_ROOM:
                raise
            raise InkpipeError(
                f"The list of labels and files cannot be kept in the temporary folder {_temporary_folder()}. "
                f"Received: {error}. Make room there, or set SQLITE_TMPDIR or TMPDIR to a folder on another disk."
            ) from error


def _temporary_folder() -> Path:
    """The folder that SQLite takes: the first of these that can be written."""
    named = (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp")  # noqa: S108
    usable = (folder for folder in named if folder and os.access(folder, os.W_OK | os.X_OK))
    return Path(next(usable, "."))
