"""A directory as a source of files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from inkpipe.errors import InkpipeError
from inkpipe.files import special_file
from inkpipe.sources.entries import Entry, require_readable_size


class DirectoryFiles:
    """The files below a directory, in the order of their names. Links to directories are not followed.

    A byte of a name that is not UTF-8 is a surrogate in the name of its entry, as everywhere in Python.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def entries(self) -> Iterator[Entry]:
        """All files below the directory."""
        place = 0
        for folder, subfolders, names in os.walk(self._path):
            subfolders.sort()
            base = Path(folder).relative_to(self._path).as_posix()
            for name in sorted(names):
                yield Entry(name if base == "." else f"{base}/{name}", place)
                place += 1

    def read(self, entry: Entry) -> bytes:
        """The bytes of a file.

        Raises:
            InkpipeError: they cannot be read, there are more than `MAX_FILE_BYTES`, or it is no file but a fifo, say.
        """
        path = self.path(entry)
        try:
            require_readable_size(str(path), self._status(path).st_size)
            return path.read_bytes()
        except OSError as error:
            raise InkpipeError(f"{path} cannot be read. Received: {error.strerror}. Correct or remove it.") from error

    @contextmanager
    def open(self, entry: Entry) -> Iterator[IO[bytes]]:
        """See `Files.open`."""
        path = self.path(entry)
        try:
            self._status(path)
            with path.open("rb") as stream:
                yield stream
        except OSError as error:
            raise InkpipeError(f"{path} cannot be read. Received: {error.strerror}. Correct or remove it.") from error

    def _status(self, path: Path) -> os.stat_result:
        """The status of a file. A fifo or a device is none: reading it might never end."""
        status = path.stat()
        if kind := special_file(status.st_mode):
            raise InkpipeError(f"{path} is not a file. Received: a {kind}. Remove it.")
        return status

    def path(self, entry: Entry) -> Path:
        """Where a file lies on disk."""
        return self._path / entry.name

    def not_followed(self) -> Sequence[str]:
        """Links to directories below the directory, in the order of their names."""
        links = [
            (Path(folder) / name).relative_to(self._path).as_posix()
            for folder, subfolders, _ in os.walk(self._path)
            for name in subfolders
            if Path(folder, name).is_symlink()
        ]
        return sorted(links)

    def unlisted(self) -> Sequence[str]:
        """Directories whose files cannot be listed, for instance for want of permission."""
        errors: list[OSError] = []
        for _ in os.walk(self._path, onerror=errors.append):
            pass
        return sorted(Path(error.filename).relative_to(self._path).as_posix() for error in errors)

    def describe(self) -> dict[str, Any]:
        """The directory's name."""
        return {"directory": self._path.resolve().name}
