"""Files in a directory or a .zip, one at a time: an archive is never unpacked to disk and never trusted."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, Protocol

from inkpipe.errors import InkpipeError
from inkpipe.files import sha256_file
from inkpipe.sources.zip_directory import DEFLATED, STORED, BadZipError, ZipEntry, list_entries, read_entry

MIB = 1 << 20
MAX_ENTRIES = 5_000_000  # ten times the largest public set of names
MAX_FILE_BYTES = 128 * MIB  # one file is held in memory; a labels file of a million rows has about 30 MiB
MAX_RATIO = 100  # unpacked to packed; images and text stay below 20, bombs begin at 1000
RATIO_FREE_BYTES = 10 * MIB  # blank pictures pack better than MAX_RATIO, but they are small
ESCAPE = re.compile(r"[/\\]|[A-Za-z]:|(?:.*[/\\])?\.\.(?:[/\\]|$)|.*\x00", re.DOTALL)


class BadArchiveError(InkpipeError):
    """An archive that is not whole or not to be trusted."""


class Entry(NamedTuple):
    """One file. `place` orders files by how cheaply they are read one after the other."""

    name: str
    place: int
    packed: int = 0
    size: int = 0
    crc: int = 0
    method: int = STORED


class Files(Protocol):
    """Named files, listed as a stream."""

    def entries(self) -> Iterator[Entry]:
        """All files, names relative with forward slashes."""
        ...

    def read(self, entry: Entry) -> bytes:
        """The bytes of one file.

        Raises:
            InkpipeError: they cannot be read.
        """
        ...

    def not_followed(self) -> Sequence[str]:
        """Names of links to directories, whose files are not among the entries."""
        ...

    def describe(self) -> dict[str, Any]:
        """Identity of the whole, as JSON without path, time or host."""
        ...


def open_files(path: Path) -> Files:
    """The files of a directory or a .zip.

    Raises:
        InkpipeError: there is nothing at `path`, or it is an archive that cannot be opened.
    """
    if path.is_dir():
        return DirectoryFiles(path)
    if path.is_file():
        return ZipFiles(path)
    raise InkpipeError(
        f"There is no data at the given path. Received: {path}. "
        "Give a directory or a .zip (for the pipeline: data.folder.path in params.yaml, relative to the project)."
    )


class DirectoryFiles:
    """The files below a directory, in order of their names."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def entries(self) -> Iterator[Entry]:
        """All files below the directory; links to directories are not followed.

        Raises:
            InkpipeError: a name is not UTF-8.
        """
        place = 0
        for folder, below, names in os.walk(self._path):
            below.sort()
            base = Path(folder).relative_to(self._path).as_posix()
            for name in sorted(names):
                if os.fsencode(name).decode(errors="replace") != name:
                    raise InkpipeError(f"A file's name is not UTF-8. Received: {name!r} in {folder}. Rename it.")
                yield Entry(name if base == "." else f"{base}/{name}", place)
                place += 1

    def read(self, entry: Entry) -> bytes:
        """The bytes of a file."""
        path = self._path / entry.name
        try:
            size = path.stat().st_size
            if size > MAX_FILE_BYTES:
                raise InkpipeError(_too_large(str(path), size))
            return path.read_bytes()
        except OSError as error:
            raise InkpipeError(f"{path} cannot be read. Received: {error.strerror}. Correct or remove it.") from error

    def not_followed(self) -> Sequence[str]:
        """Links to directories below the directory, in order of their names."""
        links = [
            (Path(folder) / name).relative_to(self._path).as_posix()
            for folder, below, _ in os.walk(self._path)
            for name in below
            if Path(folder, name).is_symlink()
        ]
        return sorted(links)

    def describe(self) -> dict[str, Any]:
        """The directory's name."""
        return {"directory": self._path.resolve().name}


class ZipFiles:
    """The entries of a .zip.

    Raises:
        InkpipeError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._stream = path.open("rb")
            self._size = path.stat().st_size
        except OSError as error:
            raise InkpipeError(
                f"{path} cannot be read. Received: {error.strerror}. Correct its permissions."
            ) from error

    def entries(self) -> Iterator[Entry]:
        """All entries but directories, each of them and the sum so far checked before it is given.

        Raises:
            BadArchiveError: it is no whole zip, or an entry escapes, is a link, is encrypted, is packed by a rare
                method, or unpacks to an absurd size, or all of them do.
        """
        count = packed = unpacked = 0
        try:
            for entry in list_entries(self._stream):
                self._check(entry)
                count, packed, unpacked = count + 1, packed + entry.packed, unpacked + entry.size
                self._check_sum(count, packed, unpacked)
                if not entry.name.endswith(("/", "\\")):
                    yield Entry(entry.name.replace("\\", "/"), entry.offset, *entry[2:6])
        except BadZipError as error:
            self._refuse(f"is not a whole zip ({error}; it begins with {self._head()!r})", "Fetch it again.")

    def read(self, entry: Entry) -> bytes:
        """The unpacked bytes of an entry, checked against its size and CRC.

        Raises:
            BadArchiveError: they do not unpack, or are others than were packed.
            InkpipeError: they are too many, or the file cannot be read.
        """
        if entry.size > MAX_FILE_BYTES:
            raise InkpipeError(_too_large(f"{entry.name!r} in {self._path}", entry.size))
        try:
            return read_entry(self._stream, *entry[1:])
        except BadZipError as error:
            self._refuse(f"has a corrupt entry {entry.name!r} ({error})", "Fetch it again.")
        except OSError as error:
            raise InkpipeError(
                f"{self._path} cannot be read. Received: {error.strerror}. Correct what ails its disk."
            ) from error

    def not_followed(self) -> Sequence[str]:
        """None: an archive with links is refused."""
        return ()

    def describe(self) -> dict[str, Any]:
        """The archive's name, size in bytes and digest."""
        return {"archive": {"name": self._path.name, "bytes": self._size, "sha256": sha256_file(self._path)}}

    def _check(self, entry: ZipEntry) -> None:
        if ESCAPE.match(entry.name):
            self._refuse(f"has an entry whose path leaves it: {entry.name!r}", "Do not trust it.")
        if stat.S_ISLNK(entry.mode):
            self._refuse(f"has a symbolic link: {entry.name!r}", "Pack it again with the files themselves.")
        if entry.encrypted:
            self._refuse(f"has an encrypted entry: {entry.name!r}", "Pack it again without a password.")
        if entry.method not in (STORED, DEFLATED):
            self._refuse(f"packs {entry.name!r} by method {entry.method}", "Pack it again with deflate.")
        if entry.size > max(MAX_RATIO * entry.packed, RATIO_FREE_BYTES):
            sizes = f"from {entry.packed:,} to {entry.size:,} bytes"
            self._refuse(f"has a zip bomb: {entry.name!r} would unpack {sizes}", "Do not trust it.")

    def _check_sum(self, count: int, packed: int, unpacked: int) -> None:
        if count > MAX_ENTRIES:
            self._refuse(f"has more than {MAX_ENTRIES:,} entries", "Split it.")
        if packed > self._size:
            self._refuse(f"claims more packed bytes than its {self._size:,}: its entries overlap", "Do not trust it.")
        if unpacked > max(MAX_RATIO * self._size, RATIO_FREE_BYTES):
            self._refuse(
                f"is a zip bomb: {self._size:,} bytes would unpack to more than {unpacked:,}", "Do not trust it."
            )

    def _head(self) -> bytes:
        self._stream.seek(0)
        return self._stream.read(16)

    def _refuse(self, fault: str, remedy: str) -> NoReturn:
        raise BadArchiveError(f"The archive {fault}. Received: {self._path}. {remedy}")


def _too_large(name: str, size: int) -> str:
    return f"A file is too large to be an image or a list of labels. Received: {name} of {size:,} bytes. Remove it."
