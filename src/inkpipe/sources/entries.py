"""Named files, wherever they lie: the interface of directories and archives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

from inkpipe.errors import InkpipeError

MIB = 1 << 20  # bytes
MAX_FILE_BYTES = 128 * MIB  # one file is held in memory; a label file of a million rows has about 30 MiB


class Entry(NamedTuple):
    """One file.

    Attributes:
        name: its path, relative and with forward slashes.
        place: its position in the order in which files are read fastest, from 0.
    """

    name: str
    place: int


class Files(Protocol):
    """Named files."""

    def entries(self) -> Iterator[Entry]:
        """All files, in the order of their places."""
        ...

    def read(self, entry: Entry) -> bytes:
        """The bytes of one file.

        Raises:
            InkpipeError: they cannot be read, or there are more than `MAX_FILE_BYTES`.
        """
        ...

    def open(self, entry: Entry) -> AbstractContextManager[IO[bytes]]:
        """A file of any size as a stream in which one can seek. In an archive, to seek back means to unpack anew.

        Raises:
            InkpipeError: it cannot be opened or read.
        """
        ...

    def path(self, entry: Entry) -> Path | None:
        """Where a file lies on disk; None in an archive."""
        ...

    def not_followed(self) -> Sequence[str]:
        """Names of links to directories, whose files are not among the entries."""
        ...

    def unlisted(self) -> Sequence[str]:
        """Names of directories that cannot be listed, whose files are not among the entries either."""
        ...

    def describe(self) -> dict[str, Any]:
        """Identity of the whole, as JSON without path, time or host."""
        ...


def require_readable_size(name: str, size: int) -> None:
    """Refuse a file that is too large to be held in memory.

    Args:
        name: how the message calls the file.
        size: its bytes.

    Raises:
        InkpipeError: it has more than `MAX_FILE_BYTES`.
    """
    if size > MAX_FILE_BYTES:
        raise InkpipeError(
            f"A file is too large to be an image or a label file. Received: {name} of {size:,} bytes. Remove it."
        )
