"""A data set of Kaggle's: its archive is fetched once, checked, kept in a cache, and read as any other .zip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inkpipe.corpus import Sample
from inkpipe.errors import InkpipeError
from inkpipe.files import sha256_file
from inkpipe.params.data import FolderParams, KaggleParams
from inkpipe.progress import say, track
from inkpipe.sources.archive import ZipFiles
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.kaggle_transfer import discard, transfer


class KaggleSource:
    """Labelled images of a Kaggle data set in a layout that `FolderSource` knows.

    Args:
        params: which data set, which version, where archives are kept.
        folder: how the archive's labels and images are joined and split.
        root: what the cache's path counts from.

    Raises:
        InkpipeError: the archive cannot be fetched, is not the pinned one, or see `FolderSource`.
    """

    def __init__(self, params: KaggleParams, folder: FolderParams, root: Path) -> None:
        self._params = params
        self._folder = FolderSource(
            fetch(params, root / Path(params.cache).expanduser()),
            validation_share=folder.validation_share,
            test_share=folder.test_share,
            tolerated_orphans=folder.tolerated_orphans,
        )

    def describe(self) -> dict[str, Any]:
        """The data set, its pinned version (null: the latest), and what `FolderSource` says of the archive."""
        own = {"source": "kaggle", "dataset": self._params.dataset, "version": self._params.version}
        return self._folder.describe() | own

    def count(self, split: str) -> int:
        """How many samples a split has, 0 if it is absent."""
        return self._folder.count(split)

    def samples(self, split: str) -> Iterator[Sample]:
        """Stream the samples of a split in the order in which they lie in the archive."""
        return self._folder.samples(split)


def fetch(params: KaggleParams, cache: Path) -> Path:
    """The data set's archive in `cache`, fetched if it is not there yet.

    A file has its final name only once every entry's CRC was checked, so that one there is whole. Without a pinned
    version the one there stays the latest until it is deleted.

    Raises:
        InkpipeError: it cannot be fetched, arrives corrupt, or has another SHA-256 than `params.sha256`.
    """
    owner, slug = params.dataset.split("/")
    version = f"v{params.version}" if params.version else "latest"
    archive = cache / owner / f"{slug}-{version}.zip"
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


def _check_entries(partial: Path, dataset: str) -> None:
    try:
        files = ZipFiles(partial)
        count = sum(1 for _ in files.entries())
        for entry in track(files.entries(), count, "check archive", "entry"):
            files.read(entry)
    except InkpipeError as error:
        discard(partial)
        raise InkpipeError(f"What arrived for Kaggle {dataset} was of no use and is deleted. {error}") from error
