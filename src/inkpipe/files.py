"""Files that are either whole or absent, and digests of them."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inkpipe.errors import InkpipeError

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def whole_directory(target: Path) -> Iterator[Path]:
    """Yield an empty directory that takes the place of `target` when the block ends without an exception.

    What was at `target` before stays untouched until then, so that a failed or killed writer never leaves a half
    written output that a later run takes for whole.

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
    """Yield a path to write that takes the place of `target` when the block ends without an exception.

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
    """Write `content` as indented UTF-8 JSON with sorted keys: the same bytes for the same content."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path, made_by: str) -> Any:
    """Read JSON that a stage left.

    Args:
        path: the file.
        made_by: the stage that leaves it, named in the error if it is absent.

    Raises:
        InkpipeError: the file is absent or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InkpipeError(f"{path} does not exist. It is made by `dvc repro {made_by}`; run that first.") from error
    except json.JSONDecodeError as error:
        raise InkpipeError(
            f"{path} is not JSON. Received: {error}. Remake it with `dvc repro -f {made_by}`."
        ) from error


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_json(content: Any) -> str:
    """The SHA-256 of `content` as canonical JSON, in hexadecimal."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def project_root() -> Path:
    """The root of the project: what DVC says, else the nearest parent with a dvc.yaml, else the working folder.

    `dvc exp run --temp` runs stages in a copy elsewhere that is deleted afterwards; `DVC_ROOT` names the real root
    even there, so that what must outlive the run (MLflow's store, checkpoints, caches) is resolved against it.
    """
    if root := os.environ.get("DVC_ROOT"):
        return Path(root)
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "dvc.yaml").exists()), here)


def project_path(path: str) -> Path:
    """A path as params.yaml gives it: relative ones count from the project's root, `~` is home.

    Raises:
        InkpipeError: `~name` names no user.
    """
    try:
        return project_root() / Path(path).expanduser()
    except RuntimeError as error:
        raise InkpipeError(
            f"The path's beginning names no user whose home is known. Received: {path}. Write the path in full."
        ) from error
