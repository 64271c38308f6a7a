"""Files that are either complete or absent, JSON and CSV, digests, and paths of the project."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inkpipe.errors import InkpipeError

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
SPECIAL_FILES = ((stat.S_ISFIFO, "fifo"), (stat.S_ISSOCK, "socket"), (stat.S_ISCHR, "device"), (stat.S_ISBLK, "device"))


@contextmanager
def whole_directory(target: Path) -> Iterator[Path]:
    """Yield an empty directory that replaces `target` when the block ends without an exception.

    Until then `target` stays as it was. So a writer that fails or is killed never leaves an incomplete output that a
    later run takes for a complete one.

    Args:
        target: the directory to replace; it need not exist.

    Raises:
        InkpipeError: the directory cannot be written, or the disk is full.
    """
    with _named_write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            yield partial
            retired = target.with_name(f".{target.name}.retired")
            shutil.rmtree(retired, ignore_errors=True)
            if target.exists():
                target.replace(retired)
            partial.replace(target)
            shutil.rmtree(retired, ignore_errors=True)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Yield a path to write to, which replaces `target` when the block ends without an exception.

    Args:
        target: the file to replace; it need not exist.

    Raises:
        InkpipeError: the file cannot be written, or the disk is full.
    """
    with _named_write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        try:
            yield partial
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def _named_write_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            raise InkpipeError(
                f"The disk is full. Received: {error.strerror} for {target}. Make room and run again."
            ) from error
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        raise InkpipeError(
            f"No permission to write {target}. Received: {error.strerror} for {error.filename!r}. "
            "Make the folder writable for this user, or run from a checkout that is."
        ) from error


def write_json(path: Path, content: Any) -> None:
    """Write indented UTF-8 JSON with sorted keys: the same bytes for the same content.

    Args:
        path: the file to replace.
        content: JSON values without NaN and infinity.

    Raises:
        InkpipeError: see `whole_file`.
    """
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table in UTF-8, with a line feed after each row: the same bytes on every system.

    Args:
        path: the file.
        columns: their names, which stand there even without a row.
        rows: a value for each column.
    """
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def read_json(path: Path, stage: str) -> Any:
    """Read JSON that a stage wrote.

    Args:
        path: the file.
        stage: the name of that stage, for the error messages.

    Raises:
        InkpipeError: the file is absent or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InkpipeError(f"{path} does not exist. It is made by `dvc repro {stage}`; run that first.") from error
    except json.JSONDecodeError as error:
        raise InkpipeError(f"{path} is not JSON. Received: {error}. Remake it with `dvc repro -sf {stage}`.") from error


def special_file(mode: int) -> str | None:
    """The kind of a file that may never end, or whose reading may wait forever: a fifo, a socket or a device.

    Args:
        mode: as `os.stat` gives it.

    Returns:
        The kind; None for files and folders.
    """
    return next((kind for is_kind, kind in SPECIAL_FILES if is_kind(mode)), None)


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_json(content: Any) -> str:
    """The SHA-256 of `content` as canonical JSON, in hexadecimal."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def project_root() -> Path:
    """The root of the project: `DVC_ROOT`, else the nearest parent with a dvc.yaml, else the working folder.

    `dvc exp run --temp` runs stages in a copy of the project that is deleted afterwards. `DVC_ROOT` names the real
    root even there. So MLflow's store, checkpoints and caches, which outlive the run, are resolved against it.
    """
    if root := os.environ.get("DVC_ROOT"):
        return Path(root)
    working = Path.cwd()
    return next((folder for folder in (working, *working.parents) if (folder / "dvc.yaml").exists()), working)


def project_path(path: str) -> Path:
    """Resolve a path of params.yaml.

    Args:
        path: absolute, relative to the project's root, or with `~` for the home folder.

    Raises:
        InkpipeError: the path starts with `~name`, and there is no such user.
    """
    try:
        return project_root() / Path(path).expanduser()
    except RuntimeError as error:
        raise InkpipeError(
            f"A path names the home folder of an unknown user. Received: {path}. Write the path in full."
        ) from error
