"""A Kaggle data set as a source: its archive is fetched once, checked, cached, and read like any .zip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from inkpipe.data.corpus import Sample
from inkpipe.errors import InkpipeError
from inkpipe.files import sha256_file, write_json
from inkpipe.locks import FileLock
from inkpipe.params.data import FolderParams, KaggleParams
from inkpipe.progress import say
from inkpipe.section import PositiveCount, Section
from inkpipe.sources.archive import BadArchiveError, ZipFiles
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.kaggle.client import KaggleClient
from inkpipe.sources.kaggle.transfer import discard, named_file_errors, read_note, transfer


class _Latest(Section):
    """The version that was the latest when it was fetched."""

    version: PositiveCount


class KaggleSource:
    """Labeled images of a Kaggle data set, in one of the layouts of `FolderSource`.

    Args:
        params: which data set and which version.
        folder: how the archive's labels and images are matched and split.
        cache: the folder of the archives.
        timeout_seconds: how long the service may be silent.
        workers: for cutting pages, see `FolderSource`.

    Raises:
        InkpipeError: the archive cannot be fetched, or is not the pinned one; or see `FolderSource`.
    """

    def __init__(
        self,
        params: KaggleParams,
        folder: FolderParams,
        *,
        cache: Path,
        timeout_seconds: float,
        workers: str | None = None,
    ) -> None:
        client = pin(KaggleClient(params, timeout_seconds), cache)
        self._params = client.params
        self._archive = fetch(client, cache)
        try:
            self._folder = _open(self._archive, folder, workers)
        except BadArchiveError as error:  # it was whole when it arrived
            say(f"The archive in the cache was damaged since and is fetched again. {error}")
            discard(self._archive)
            self._folder = _open(fetch(client, cache), folder, workers)

    @property
    def extra_columns(self) -> Sequence[str]:
        """See `FolderSource.extra_columns`."""
        return self._folder.extra_columns

    def describe(self) -> dict[str, Any]:
        """The data set, its version (None if Kaggle does not give the number), and `FolderSource.describe`."""
        own = {"source": "kaggle", "dataset": self._params.dataset, "version": self._params.version}
        return self._folder.describe() | own

    def count(self, split: str) -> int:
        """The number of samples of a split; 0 if it is absent."""
        return self._folder.count(split)

    def samples(self, split: str) -> Iterator[Sample]:
        """Stream the samples of a split in the order in which they lie in the archive.

        Args:
            split: `train`, `validation` or `test`.

        Raises:
            InkpipeError: see `FolderSource`. An archive that was damaged in the cache is deleted.
        """
        try:
            yield from self._folder.samples(split)
        except BadArchiveError as error:
            discard(self._archive)
            raise InkpipeError(
                f"The archive in the cache was damaged since. It is deleted: run again to fetch it anew. {error}"
            ) from error


def pin(client: KaggleClient, cache: Path) -> KaggleClient:
    """Pin the latest version if the params pin none.

    Kaggle is asked for its number once. A note beside the archive holds the number for as long as the archive is
    there. An archive that came without a number stays the latest likewise.

    Args:
        client: for the data set.
        cache: the folder of the archives.

    Returns:
        The client with the version; `client` itself if Kaggle does not give the number.

    Raises:
        InkpipeError: Kaggle cannot be asked.
    """
    if client.params.version or _archive(client.params, cache).exists():
        return client
    note = _archive(client.params, cache).with_suffix(".json")
    if latest := read_note(note, _Latest):
        pinned = _with_version(client, latest.version)
        if _archive(pinned.params, cache).exists():
            return pinned
    version = client.latest_version()
    if version is None:
        dataset = client.params.dataset
        say(f"Kaggle does not give the number of the latest version of {dataset}: source.json says null.")
        return client
    with named_file_errors(note):
        note.parent.mkdir(parents=True, exist_ok=True)  # its error names the parameter
        write_json(note, _Latest(version=version).model_dump())
    return _with_version(client, version)


def fetch(client: KaggleClient, cache: Path) -> Path:
    """The data set's archive in the cache, fetched if it is not there yet.

    An archive gets its final name only after the CRC of every entry was checked.

    Args:
        client: for the data set.
        cache: the folder of the archives.

    Returns:
        The path of the archive.

    Raises:
        InkpipeError: it cannot be fetched, arrives corrupt, or has another SHA-256 than the pinned one.
    """
    params = client.params
    archive, version = _archive(params, cache), _version(params)
    partial = archive.with_name(f"{archive.name}.partial")
    with FileLock.acquire(  # another experiment may fetch the same archive: two that append to it would spoil it
        partial.with_name(f"{partial.name}.lock"),
        f"The archive of Kaggle {params.dataset} cannot be locked.",
        f"Make {partial.parent} writable, or set runtime.kaggle_cache.",
    ):
        if archive.exists():
            say(f"Kaggle {params.dataset} ({version}): the archive is in the cache.")
        else:
            transfer(client, partial)
            _verify(partial, params.dataset)
            partial.replace(archive)
            discard(partial)
    if params.sha256 and (received := sha256_file(archive)) != params.sha256:
        raise InkpipeError(
            f"The archive of Kaggle {params.dataset} ({version}) is not the pinned one: its sha256 is {received}. "
            f"Received: data.kaggle.sha256 = {params.sha256}. If you expect the change, pin the new digest; "
            f"if not, delete {archive} to fetch it again, or pin data.kaggle.version."
        )
    return archive


def _with_version(client: KaggleClient, version: int) -> KaggleClient:
    return replace(client, params=client.params.model_copy(update={"version": version}))


def _open(archive: Path, folder: FolderParams, workers: str | None) -> FolderSource:
    return FolderSource(archive, **folder.options(), workers=workers)


def _archive(params: KaggleParams, cache: Path) -> Path:
    owner, slug = params.dataset.split("/")
    return cache / owner / f"{slug}-{_version(params)}.zip"


def _version(params: KaggleParams) -> str:
    return f"v{params.version}" if params.version else "latest"


def _verify(partial: Path, dataset: str) -> None:
    try:
        ZipFiles(partial).verify()
    except InkpipeError as error:
        discard(partial)
        raise InkpipeError(f"The archive that arrived for Kaggle {dataset} is unusable and deleted. {error}") from error
