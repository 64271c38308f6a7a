"""The transfer of a Kaggle archive to a file, from where an earlier try got to.

The official client asks for the archive and follows the redirect to storage; the bytes are received here. The client's
own receiving answers a fault that meets a resumed transfer by starting over, and so loses what had arrived.

Beside a partial file lies a note of what it is a part of: the validator of the storage object (ETag, or Last-Modified)
and its size. A later try asks storage for the rest alone (Range) if the object is still that one (If-Range).
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
from inkpipe.params.base import PositiveCount, Section
from inkpipe.params.data import KaggleParams
from inkpipe.progress import bar, say
from inkpipe.sources.kaggle_service import bare, opened, persist, status_of

N = TypeVar("N", bound=Section)
CHUNK_BYTES = 1 << 18  # what a broken connection can cost


class _Part(Section):
    """What a partial file is a part of."""

    validator: str
    bytes: PositiveCount


def transfer(params: KaggleParams, target: Path) -> None:
    """Fetch the archive to `target`; what arrived stays if this try fails too, until `discard`.

    Raises:
        InkpipeError: see `persist`; no room, or a page instead of an archive.
    """
    with named_file_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if (note := _note(target)) and note.bytes == _size(target):
            return  # whole: an earlier run was stopped after the last byte
        persist(lambda: _attempt(params, target), params, lambda: _size(target))


def discard(target: Path) -> None:
    """Delete a partial file, if it is there, and the note of what it is a part of."""
    target.unlink(missing_ok=True)
    _note_path(target).unlink(missing_ok=True)


def read_note(path: Path, kind: type[N]) -> N | None:
    """What was noted in the cache, null if the note is absent or damaged: whatever it tells can be found out anew."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


@contextmanager
def named_file_errors(target: Path) -> Iterator[None]:
    """Tell what to do if the block cannot write `target`.

    Raises:
        InkpipeError: in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            raise InkpipeError(
                f"The disk is full. Received: {target}. Make room, or set data.kaggle.cache to another disk."
            ) from error
        raise InkpipeError(
            f"{target} cannot be written. Received: {error}. Correct its permissions, or set data.kaggle.cache."
        ) from error


def _attempt(params: KaggleParams, target: Path) -> None:
    from kagglesdk.datasets.types.dataset_api_service import ApiDownloadDatasetRequest

    request = ApiDownloadDatasetRequest()
    request.owner_slug, request.dataset_slug = params.dataset.split("/")
    request.dataset_version_number = params.version
    try:
        with (
            opened(params, _headers(target)) as client,
            client.datasets.dataset_api_client.download_dataset(request) as response,
        ):
            _receive(response, params, target)
    except requests.HTTPError as error:
        if status_of(error) == requests.codes.range_not_satisfiable:
            discard(target)
        raise


def _headers(target: Path) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity"}  # ranges count the bytes that are sent
    if (size := _size(target)) and (note := _note(target)):
        headers |= {"Range": f"bytes={size}-", "If-Range": note.validator}
    return headers


def _receive(response: requests.Response, params: KaggleParams, target: Path) -> None:
    """Append the rest to `target`, or start over if storage sends the whole: the object is another, or the first."""
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
    _check_room(left, params, target)
    validator = response.headers.get("ETag") or response.headers.get("Last-Modified")
    if not _size(target) and validator and left:
        write_json(_note_path(target), _Part(validator=validator, bytes=left).model_dump())
    say(f"Kaggle {params.dataset}: {left:,} bytes to come.")
    with target.open("ab") as out, bar(left, "fetch archive", "B") as shown:
        shown.unit_scale = True
        for chunk in response.iter_content(CHUNK_BYTES):
            out.write(chunk)
            shown.update(len(chunk))


def _check_range(response: requests.Response, target: Path) -> None:
    received = response.headers.get("Content-Range", "")
    if not received.startswith(f"bytes {_size(target)}-"):
        discard(target)
        raise requests.ConnectionError(f"Storage sent another range than the one asked for: {received!r}")


def _check_room(left: int, params: KaggleParams, target: Path) -> None:
    free = shutil.disk_usage(target.parent).free
    if left > free:
        raise InkpipeError(
            f"There is no room for the archive of Kaggle {params.dataset}. Received: {left:,} bytes to come, "
            f"{free:,} free in {target.parent}. Make room, or set data.kaggle.cache to another disk."
        )


def _note(target: Path) -> _Part | None:
    return read_note(_note_path(target), _Part)


def _note_path(target: Path) -> Path:
    return target.with_name(f"{target.name}.json")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
