"""Files that are either complete or absent, JSON and CSV, digests, and paths of the project."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inkpipe.errors import InkpipeError

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
NO_PLACE = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST)
WRITTEN = ".inkpipe.json"  # in a folder that a person named: the command that wrote it, and digests of the files
SPECIAL_FILES = ((stat.S_ISFIFO, "fifo"), (stat.S_ISSOCK, "socket"), (stat.S_ISCHR, "device"), (stat.S_ISBLK, "device"))


@contextmanager
def whole_directory(target: Path) -> Iterator[Path]:
    """Yield an empty directory that replaces `target` when the block ends without an exception.

    Until then `target` stays as it was. So a writer that fails or is killed never leaves an incomplete output that a
    later run takes for a complete one.

    Args:
        target: the directory to replace; it need not exist.

    Raises:
        InkpipeError: the path is no place for a directory, it cannot be written, or the disk is full.
    """
    _require_name(target)
    with named_write_errors(target):
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
def own_directory(target: Path, command: str) -> Iterator[Path]:
    """As `whole_directory`, for a folder that a person names: it replaces nothing but what the command wrote.

    A hidden file in the folder tells what was written, so that a later run knows it again.

    Args:
        target: the directory; it need not exist.
        command: that writes it.

    Raises:
        InkpipeError: the directory holds other files, or see `whole_directory`.
    """
    _require_name(target)
    with named_write_errors(target):
        require_replaceable(target, command)
    with whole_directory(target) as partial:
        yield partial
        files = {name: sha256_file(path) for name, path in _files_below(partial).items()}
        write_json(partial / WRITTEN, {"command": command, "files": files})


def require_replaceable(target: Path, command: str | None = None) -> None:
    """Refuse a folder that holds files, unless a command wrote all of them, and they are as it wrote them.

    Args:
        target: need not exist.
        command: that wrote them by `own_directory`; None for none.

    Raises:
        InkpipeError: there are other files, or the path is one of a file.
    """
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise InkpipeError(f"The path of the output is not a folder. Received: {target}. Name a new folder.")
    written = _written(target, command)
    if foreign := next((name for name, path in _files_below(target).items() if not _is_own(name, path, written)), None):
        raise InkpipeError(
            f"The folder of the output is not empty. Received: {target} with {foreign}. Name a new one, or remove this "
            "one if an earlier version of inkpipe wrote it."
        )


def require_file_place(target: Path) -> None:
    """Refuse a path where no file can be, before any work for it is done.

    Args:
        target: the path of the file to write.

    Raises:
        InkpipeError: it is a folder, or is below a file.
    """
    _require_name(target)
    if target.is_dir():
        raise InkpipeError(f"The path of the output is a folder. Received: {target}. Name a file.")
    if above := next((each for each in target.parents if os.path.lexists(each) and not each.is_dir()), None):
        raise InkpipeError(f"The output would lie below a file. Received: {target}, and {above} is a file.")


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Yield a path to write to, which replaces `target` when the block ends without an exception.

    Args:
        target: the file to replace; it need not exist.

    Raises:
        InkpipeError: the path is no place for a file, it cannot be written, or the disk is full.
    """
    require_file_place(target)
    with named_write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        try:
            yield partial
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def named_write_errors(target: Path) -> Iterator[None]:
    """Tell in words for people why an output cannot be written.

    Args:
        target: the output.

    Raises:
        InkpipeError: the disk is full, the path is no place for it, or it may not be written.
    """
    try:
        yield
    except OSError as error:
        if not _concerns(error, target):
            raise
        if error.errno in NO_SPACE:
            raise InkpipeError(
                f"The disk is full. Received: {error.strerror} for {target}. Make room and run again."
            ) from error
        if error.errno in NO_PLACE:
            raise InkpipeError(
                f"No place for {target}. Received: {error.strerror} for {error.filename!r}. Name another path."
            ) from error
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        raise InkpipeError(
            f"No permission to write {target}. Received: {error.strerror} for {error.filename!r}. "
            "Make the folder writable for this user, or run from a checkout that is."
        ) from error


def _concerns(error: OSError, target: Path) -> bool:
    """Whether an error may be one of writing an output: of its folder or above, or of no file that is known."""
    if not isinstance(error.filename, (str, bytes)):
        return True
    path = Path(os.fsdecode(error.filename)).absolute()
    folder = target.absolute().parent
    return path.is_relative_to(folder) or folder.is_relative_to(path)


def _require_name(target: Path) -> None:
    if target.name in ("", ".."):
        raise InkpipeError(f"The output needs a name of its own. Received: {target}. Name a new one below it.")


def _files_below(folder: Path) -> dict[str, Path]:
    """All that is no folder, by its path from the folder. A link to a folder is not followed."""
    found = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return {path.relative_to(folder).as_posix(): path for path in found}


def _is_own(name: str, path: Path, written: Mapping[str, str]) -> bool:
    if name == WRITTEN:
        return bool(written)
    return name in written and path.is_file() and not path.is_symlink() and sha256_file(path) == written[name]


def _written(folder: Path, command: str | None) -> Mapping[str, str]:
    """The digests of the files that a command wrote into a folder, by their names; none if it did not."""
    try:
        content = json.loads((folder / WRITTEN).read_text(encoding="utf-8"))
        return dict(content["files"]) if content["command"] == command else {}
    except (OSError, ValueError, TypeError, KeyError):  # absent, or made by something else
        return {}


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
