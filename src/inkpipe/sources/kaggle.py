"""A data set of Kaggle's: its archive is fetched once, checked, kept in a cache, and read as any other .zip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inkpipe.corpus import Sample
from inkpipe.errors import InkpipeError
from inkpipe.files import sha256_file, write_json
from inkpipe.params.base import PositiveCount, Section
from inkpipe.params.data import FolderParams, KaggleParams
from inkpipe.progress import say, track
from inkpipe.sources.archive import MAX_FILE_BYTES, BadArchiveError, ZipFiles
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.kaggle_service import latest_version
from inkpipe.sources.kaggle_transfer import discard, named_file_errors, read_note, transfer


class _Latest(Section):
    """The version that was the latest when it was fetched."""

    version: PositiveCount


class KaggleSource:
    """Labelled images of a Kaggle data set in a layout that `FolderSource` knows.

    Args:
        params: which data set and which version.
        folder: how the archive's labels and images are joined and split.
        cache: where archives are kept.

    Raises:
        InkpipeError: the archive cannot be fetched, is not the pinned one, or see `FolderSource`.
    """

    def __init__(self, params: KaggleParams, folder: FolderParams, cache: Path) -> None:
        self._params = pin(params, cache)
        self._archive = fetch(self._params, cache)
        try:
            self._folder = _open(self._archive, folder)
        except BadArchiveError as error:  # it was whole when it came
            say(f"The archive in the cache was damaged since and is fetched again. {error}")
            discard(self._archive)
            self._folder = _open(fetch(self._params, cache), folder)

    def describe(self) -> dict[str, Any]:
        """The data set, the version that was fetched (null if Kaggle does not tell), and what `FolderSource` says."""
        own = {"source": "kaggle", "dataset": self._params.dataset, "version": self._params.version}
        return self._folder.describe() | own

    def count(self, split: str) -> int:
        """How many samples a split has, 0 if it is absent."""
        return self._folder.count(split)

    def samples(self, split: str) -> Iterator[Sample]:
        """Stream the samples of a split in the order in which they lie in the archive.

        Raises:
            InkpipeError: see `FolderSource`; an archive that was damaged in the cache is deleted.
        """
        try:
            yield from self._folder.samples(split)
        except BadArchiveError as error:
            discard(self._archive)
            raise InkpipeError(
                f"The archive in the cache was damaged since. It is deleted: run again, and it comes anew. {error}"
            ) from error


def pin(params: KaggleParams, cache: Path) -> KaggleParams:
    """`params` with the number of the latest version if they pin none.

    Kaggle is asked for it once: the number lies beside the archive and holds for as long as the archive is there. An
    archive that came without a number stays the latest likewise.

    Raises:
        InkpipeError: Kaggle cannot be asked.
    """
    if params.version or _archive(params, cache).exists():
        return params
    note = _archive(params, cache).with_suffix(".json")
    if noted := read_note(note, _Latest):
        pinned = params.model_copy(update=noted.model_dump())
        if _archive(pinned, cache).exists():
            return pinned
    version = latest_version(params)
    if version is None:
        say(f"Kaggle does not tell the number of the latest version of {params.dataset}: source.json says null.")
        return params
    with named_file_errors(note):
        write_json(note, _Latest(version=version).model_dump())
    return params.model_copy(update={"version": version})


def fetch(params: KaggleParams, cache: Path) -> Path:
    """The data set's archive in `cache`, fetched if it is not there yet.

    A file has its final name only once every entry's CRC was checked, so that one there is whole.

    Raises:
        InkpipeError: it cannot be fetched, arrives corrupt, or has another SHA-256 than `params.sha256`.
    """
    archive, version = _archive(params, cache), _version(params)
    if archive.exists():
        say(f"Kaggle {params.dataset} ({version}): the archive is in the cache.")
    else:
        partial = archive.with_name(f"{archive.name}.partial")
        transfer(params, partial)
        _check_entries(partial, params.dataset)
        partial.replace(archive)
        discard(partial)
    if params.sha256 and (received := sha256_file(archive)) != params.sha256:
        raise InkpipeError(
            f"The archive of Kaggle {params.dataset} ({version}) is not the pinned one: its sha256 is {received}. "
            f"Received: data.kaggle.sha256 = {params.sha256}. If the change is wanted, pin the new digest; "
            f"if not, delete {archive} to fetch it again, or pin data.kaggle.version."
        )
    return archive


def _open(archive: Path, folder: FolderParams) -> FolderSource:
    return FolderSource(
        archive,
        validation_share=folder.validation_share,
        test_share=folder.test_share,
        tolerated_orphans=folder.tolerated_orphans,
    )


def _archive(params: KaggleParams, cache: Path) -> Path:
    owner, slug = params.dataset.split("/")
    return cache / owner / f"{slug}-{_version(params)}.zip"


def _version(params: KaggleParams) -> str:
    return f"v{params.version}" if params.version else "latest"


def _check_entries(partial: Path, dataset: str) -> None:
    try:
        files = ZipFiles(partial)
        count = sum(1 for _ in files.entries())
        for entry in track(files.entries(), count, "check archive", "entry"):
            if entry.size <= MAX_FILE_BYTES:  # a larger one is no image and no list of labels, and is never read
                files.read(entry)
    except InkpipeError as error:
        discard(partial)
        raise InkpipeError(f"What arrived for Kaggle {dataset} was of no use and is deleted. {error}") from error
