"""A .zip as a source of files. It is never unpacked to disk and never trusted."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NoReturn

from inkpipe.errors import InkpipeError
from inkpipe.files import sha256_file
from inkpipe.progress import track
from inkpipe.sources.directory import DirectoryFiles
from inkpipe.sources.entries import MIB, Entry, Files, require_readable_size

MAX_ENTRIES = 5_000_000  # of one .zip: ten times the largest public set of names. Each takes 0.7 kB of memory.
MAX_RATIO = 100  # unpacked to packed bytes; images and text stay below 20, zip bombs begin at 1000
RATIO_FREE_BYTES = 10 * MIB  # smaller files may exceed MAX_RATIO: blank images do, and they do no harm
# Names that lead out of the archive on some system.
ESCAPE = re.compile(
    r"""
    [/\\]                          # an absolute path
    | [A-Za-z]:                    # a drive of Windows
    | (?:.*[/\\])?\.\.(?:[/\\]|$)  # the parent folder `..` anywhere in the path
    | .*\x00                       # a NUL character, at which some tools end the name
    """,
    re.DOTALL | re.VERBOSE,
)
ENCRYPTED_FLAG, UTF8_FLAG = 0x1, 0x800  # general purpose bits 0 and 11 (PKWARE APPNOTE 6.3.10, section 4.4.4)
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what all tools write
# The errors by which `zipfile` reports damaged bytes.
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError)


class BadArchiveError(InkpipeError):
    """An archive that is not whole or not to be trusted."""


def open_files(path: Path) -> Files:
    """The files of a directory or a .zip.

    Args:
        path: of the directory or the archive.

    Returns:
        Its files, listed and, in an archive, checked.

    Raises:
        BadArchiveError: see `ZipFiles`.
        InkpipeError: there is nothing at `path`, or the archive cannot be opened.
    """
    if path.is_dir():
        return DirectoryFiles(path)
    if path.is_file():
        return ZipFiles(path)
    raise InkpipeError(
        f"There is no data at the given path. Received: {path}. "
        "Give a directory or a .zip (for the pipeline: data.folder.path in params.yaml, relative to the project)."
    )


class ZipFiles:
    """The entries of a .zip, in the order in which they lie in it.

    Args:
        path: of the archive.

    Raises:
        BadArchiveError: it is not a whole zip; an entry leaves it, is a link, is encrypted or is packed by a rare
            method; an entry, or all of them together, unpack to an implausible size; entries overlap or are too many.
        InkpipeError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._size = path.stat().st_size
            self._zip = zipfile.ZipFile(path)
        except DAMAGE as error:
            self._refuse(f"is not a whole zip ({error}; it begins with {_head(path)!r})", "Fetch it again.")
        except OSError as error:
            raise InkpipeError(
                f"{path} cannot be read. Received: {error.strerror}. Correct its permissions."
            ) from error
        self._infos = sorted(self._zip.infolist(), key=lambda info: info.header_offset)
        if len(self._infos) > MAX_ENTRIES:
            self._refuse(f"has more than {MAX_ENTRIES:,} entries", "Split it.")
        for info in self._infos:
            self._check(info, _name(info))
        self._check_totals()

    def entries(self) -> Iterator[Entry]:
        """All entries that are not directories."""
        for place, info in enumerate(self._infos):
            name = _name(info).replace("\\", "/")
            if not name.endswith("/"):
                yield Entry(name, place)

    def read(self, entry: Entry) -> bytes:
        """The unpacked bytes of an entry, checked against its size and CRC.

        Raises:
            BadArchiveError: they do not unpack, or are not those that were packed.
            InkpipeError: there are more than `MAX_FILE_BYTES`, or the file cannot be read.
        """
        info = self._infos[entry.place]
        require_readable_size(f"{entry.name!r} in {self._path}", info.file_size)
        with self._opened(info) as stream:
            content = stream.read(info.file_size + 1)  # without a bound, a false size would unpack to any size
        if len(content) != info.file_size:
            self._refuse_entry(info, "its bytes differ from its size")
        return content

    @contextmanager
    def open(self, entry: Entry) -> Iterator[IO[bytes]]:
        """See `Files.open`.

        Raises:
            BadArchiveError: the bytes do not unpack.
            InkpipeError: the file cannot be read.
        """
        with self._opened(self._infos[entry.place]) as stream:
            yield stream

    def path(self, entry: Entry) -> None:
        """None: an archive is never unpacked."""

    def verify(self) -> None:
        """Unpack every entry and compare it with its CRC.

        Raises:
            BadArchiveError: an entry does not unpack, or is not what was packed.
            InkpipeError: the file cannot be read.
        """
        for info in track(self._infos, len(self._infos), "check archive", "entry"):
            with self._opened(info) as stream:
                while stream.read(MIB):
                    pass

    def not_followed(self) -> Sequence[str]:
        """None: an archive with links is refused."""
        return ()

    def unlisted(self) -> Sequence[str]:
        """None: an archive is listed as a whole."""
        return ()

    def describe(self) -> dict[str, Any]:
        """The archive's name, size in bytes and digest."""
        return {"archive": {"name": self._path.name, "bytes": self._size, "sha256": sha256_file(self._path)}}

    @contextmanager
    def _opened(self, info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
        """The stream of an entry, with its errors translated."""
        try:
            with self._zip.open(info) as stream:
                yield stream
        except DAMAGE as error:
            self._refuse_entry(info, error)
        except OSError as error:
            raise InkpipeError(f"{self._path} cannot be read. Received: {error.strerror}. Check its disk.") from error

    def _check(self, info: zipfile.ZipInfo, name: str) -> None:
        if not 0 <= info.header_offset <= self._zip.start_dir - info.compress_size:
            place = f"bytes {info.header_offset:,} to {info.header_offset + info.compress_size:,}"
            fault = f"{name!r} should lie at {place}, its directory at {self._zip.start_dir:,}: bytes are missing"
            self._refuse(f"is not a whole zip ({fault})", "Fetch it again.")
        if ESCAPE.match(name):
            self._refuse(f"has an entry whose path leaves it: {name!r}", "Do not trust it.")
        if stat.S_ISLNK(info.external_attr >> 16):  # the upper half holds the mode of Unix
            self._refuse(f"has a symbolic link: {name!r}", "Pack it again with the files themselves.")
        if info.flag_bits & ENCRYPTED_FLAG:
            self._refuse(f"has an encrypted entry: {name!r}", "Pack it again without a password.")
        if info.compress_type not in METHODS:
            self._refuse(f"packs {name!r} by method {info.compress_type}", "Pack it again with deflate.")
        if info.file_size > max(MAX_RATIO * info.compress_size, RATIO_FREE_BYTES):
            sizes = f"from {info.compress_size:,} to {info.file_size:,} bytes"
            self._refuse(f"has a zip bomb: {name!r} would unpack {sizes}", "Do not trust it.")

    def _check_totals(self) -> None:
        if sum(info.compress_size for info in self._infos) > self._size:
            self._refuse(f"claims more packed bytes than its {self._size:,}: its entries overlap", "Do not trust it.")
        unpacked = sum(info.file_size for info in self._infos)
        if unpacked > max(MAX_RATIO * self._size, RATIO_FREE_BYTES):
            self._refuse(f"is a zip bomb: {self._size:,} bytes would unpack to {unpacked:,}", "Do not trust it.")

    def _refuse_entry(self, info: zipfile.ZipInfo, fault: object) -> NoReturn:
        self._refuse(f"has a corrupt entry {_name(info)!r} ({fault})", "Fetch it again.")

    def _refuse(self, fault: str, remedy: str) -> NoReturn:
        raise BadArchiveError(f"The archive {fault}. Received: {self._path}. {remedy}")


def _name(info: zipfile.ZipInfo) -> str:
    """The name of an entry. Many tools write UTF-8 without its flag; `zipfile` decodes that as IBM's code page 437."""
    name = info.orig_filename  # `filename` is cut at a NUL
    if info.flag_bits & UTF8_FLAG or name.isascii():
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeDecodeError:
        return name


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(16)
