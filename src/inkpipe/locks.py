"""Locks between processes of one machine. The system frees them when their process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO, Self

from inkpipe.errors import InkpipeError


class FileLock:
    """A lock that this process holds, made by `acquire`: until `release`, or the end of a `with` block.

    Its file exists while it is held.

    Attributes:
        path: of the file.
    """

    def __init__(self, path: Path, file: IO[str]) -> None:
        self.path = path
        self._file = file

    @classmethod
    def acquire(cls, path: Path, problem: str, remedy: str) -> Self:
        """Take the lock of a file, which is created, once its other holders are done.

        A file that a killed process left behind is free.

        Args:
            path: of the file.
            problem: a sentence that says what cannot be done without the lock.
            remedy: a sentence that says what to do if the file cannot be written.

        Raises:
            InkpipeError: the file cannot be written. Its message is the problem, the reason and the remedy.
        """
        try:
            return cls._take(path, fcntl.LOCK_EX)
        except OSError as error:
            raise _refused(path, problem, error, remedy) from error

    @classmethod
    def try_acquire(cls, path: Path, problem: str, remedy: str) -> Self | None:
        """Take the lock of a file as `acquire` does, or return None if another holder has it."""
        try:
            return cls._take(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        except OSError as error:
            raise _refused(path, problem, error, remedy) from error

    @classmethod
    def _take(cls, path: Path, operation: int) -> Self:
        """The lock of the file that has the path now: nobody else would see that of one which its holder removed."""
        while True:
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Remove the file and free the lock; nothing if that was done."""
        if not self._file.closed:
            self.path.unlink(missing_ok=True)
            self._file.close()


def _refused(path: Path, problem: str, error: OSError, remedy: str) -> InkpipeError:
    return InkpipeError(f"{problem} Received: {error} for {path}. {remedy}")


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
