"""Locks between processes of one machine. The system frees them when their process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class FileLock:
    """A lock that this process holds, made by `acquire`. Its file exists while it is held.

    Attributes:
        path: of the file.
    """

    def __init__(self, path: Path, file: IO[str]) -> None:
        self.path = path
        self._file = file

    @classmethod
    def acquire(cls, path: Path) -> FileLock:
        """Take the lock of a file, which is created, once its other holders are done.

        A file that a killed process left behind is free.

        Args:
            path: of the file.

        Raises:
            OSError: the file cannot be written.
        """
        while True:
            if lock := cls._take(path, fcntl.LOCK_EX):
                return lock

    @classmethod
    def try_acquire(cls, path: Path) -> FileLock | None:
        """Take the lock of a file as `acquire` does, or return None if another holder has it."""
        while True:
            try:
                lock = cls._take(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
            if lock:
                return lock

    @classmethod
    def _take(cls, path: Path, operation: int) -> FileLock | None:
        """The lock; None if its holder removed the file meanwhile, so that nobody else would see it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
        try:
            fcntl.flock(file, operation)
        except OSError:
            file.close()
            raise
        if _is_at(file, path):
            return cls(path, file)
        file.close()
        return None

    def release(self) -> None:
        """Remove the file and free the lock; nothing if that was done."""
        if not self._file.closed:
            self.path.unlink(missing_ok=True)
            self._file.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file until the block ends. Others wait.

    Args:
        path: of the file, which is created.

    Raises:
        OSError: the file cannot be written.
    """
    lock = FileLock.acquire(path)
    try:
        yield
    finally:
        lock.release()


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
