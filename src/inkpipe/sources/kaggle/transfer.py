"""The transfer of a Kaggle archive to a file. It resumes where an earlier one stopped.

The official client asks for the archive and follows the redirect to storage; the bytes are received here. The client's
own transfer starts over after an error during a resumed one, and so loses the bytes that had arrived.

Beside a partial file lies a note on the whole object: its validator (ETag, or Last-Modified) and its size. A later
request asks storage for the rest alone (Range) if the object is still the same (If-Range).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import requests
from pydantic import ValidationError

from inkpipe.errors import InkpipeError
from inkpipe.files import NO_SPACE, write_json
from inkpipe.progress import bar, say
from inkpipe.section import PositiveCount, Section
from inkpipe.sources.kaggle.client import KaggleClient, bare, status_of

N = TypeVar("N", bound=Section)
CHUNK_BYTES = 1 << 18  # bytes that are written at once, and the most that a broken connection loses


class _Part(Section):
    """The storage object of which a partial file is the beginning."""

    validator: str
    bytes: PositiveCount


def transfer(client: KaggleClient, target: Path) -> None:
    """Fetch the archive. If that fails, the bytes that arrived stay until `discard`.

    Args:
        client: for the data set.
        target: the file to write or to continue.

    Raises:
        InkpipeError: see `KaggleClient.retry`; or there is no space, or a page came instead of an archive.
    """
    with named_file_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if (note := _note(target)) and note.bytes == _size(target):
            return  # whole: an earlier run was stopped after the last byte
        client.retry(lambda: _attempt(client, target), lambda: _size(target))


def discard(target: Path) -> None:
    """Delete a partial file and its note, if they are there."""
    target.unlink(missing_ok=True)
    _note_path(target).unlink(missing_ok=True)


def read_note(path: Path, kind: type[N]) -> N | None:
    """Read a note in the cache.

    Args:
        path: of the note.
        kind: its type.

    Returns:
        The note; None if it is absent or damaged, for its content can be asked for anew.
    """
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


@contextmanager
def named_file_errors(target: Path) -> Iterator[None]:
    """Say what to do if the block cannot write a file.

    Args:
        target: the file.

    Raises:
        InkpipeError: in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            raise InkpipeError(
                f"The disk is full. Received: {target}. Make room, or set runtime.kaggle_cache to another disk."
            ) from error
        raise InkpipeError(
            f"{target} cannot be written. Received: {error}. Correct its permissions, or set runtime.kaggle_cache."
        ) from error


def _attempt(client: KaggleClient, target: Path) -> None:
    try:
        with client.download(_headers(target)) as response:
            _receive(response, client.params.dataset, target)
    except requests.HTTPError as error:
        if status_of(error) == requests.codes.range_not_satisfiable:
            discard(target)
        raise


def _headers(target: Path) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity"}  # ranges count the bytes that are sent
    if (size := _size(target)) and (note := _note(target)):
        headers |= {"Range": f"bytes={size}-", "If-Range": note.validator}
    return headers


def _receive(response: requests.Response, dataset: str, target: Path) -> None:
    """Append the rest to `target`, or start over if storage sends the whole object: it may have changed."""
    kind = response.headers.get("Content-Type", "")
    if kind.startswith("text/"):
        raise InkpipeError(
            "Kaggle answered with a page instead of an archive, as a login page or a proxy does. "
            f"Received: {kind} from {bare(response.url)}. Open the data set in a browser, then try again."
        )
    left = int(response.headers.get("Content-Length", 0))
    if response.status_code == requests.codes.partial_content:
        _check_range(response, target)
    else:
        discard(target)
    _check_space(left, dataset, target)
    validator = response.headers.get("ETag") or response.headers.get("Last-Modified")
    if not _size(target) and validator and left:
        write_json(_note_path(target), _Part(validator=validator, bytes=left).model_dump())
    say(f"Kaggle {dataset}: {left:,} bytes to come.")
    with target.open("ab") as out, bar(left, "fetch archive", "B") as progress:
        progress.unit_scale = True
        for chunk in response.iter_content(CHUNK_BYTES):
            out.write(chunk)
            progress.update(len(chunk))


def _check_range(response: requests.Response, target: Path) -> None:
    received = response.headers.get("Content-Range", "")
    if not received.startswith(f"bytes {_size(target)}-"):
        discard(target)
        raise requests.ConnectionError(f"Storage sent another range than the requested one: {received!r}")


def _check_space(left: int, dataset: str, target: Path) -> None:
    free = shutil.disk_usage(target.parent).free
    if left > free:
        raise InkpipeError(
            f"There is no room for the archive of Kaggle {dataset}. Received: {left:,} bytes to come, "
            f"{free:,} free in {target.parent}. Make room, or set runtime.kaggle_cache to another disk."
        )


def _note(target: Path) -> _Part | None:
    return read_note(_note_path(target), _Part)


def _note_path(target: Path) -> Path:
    return target.with_name(f"{target.name}.json")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
