"""From any source to the corpus: the one path by which labeled images come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inkpipe.data.corpus import NOT_TRANSCRIBED, SPLITS, Corpus, write_source, write_split
from inkpipe.errors import InkpipeError
from inkpipe.files import project_path, sha256_file, whole_directory
from inkpipe.params.data import DataParams
from inkpipe.params.runtime import RuntimeParams
from inkpipe.params.synthetic import SyntheticParams
from inkpipe.progress import track
from inkpipe.sources.interface import Source
from inkpipe.sources.mixed import MixedSource


@dataclass(frozen=True)
class IngestResult:
    """The content of a new corpus.

    Attributes:
        rows: split to number of samples, all three splits.
        skipped: reason to number of skipped files and labels; empty if none was skipped.
        noticed: likewise, what a person should know of the samples.
    """

    rows: Mapping[str, int]
    skipped: Mapping[str, int]
    noticed: Mapping[str, int] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The result in words: a line for each thing noticed, then one for rows and skipped files."""
        rows = ", ".join(f"{split} {count:,}" for split, count in self.rows.items())
        waiting = sum(self.skipped.get(reason, 0) for reason in NOT_TRANSCRIBED)
        skipped = sum(self.skipped.values()) - waiting
        line = f"{rows} images"
        line += f"; {waiting:,} not transcribed yet" if waiting else ""
        line += f"; {skipped:,} skipped, see source.json" if skipped else ""
        return [*(f"noticed: {reason}: {count:,}, see source.json" for reason, count in self.noticed.items()), line]


def open_source(data: DataParams, synthetic: SyntheticParams, runtime: RuntimeParams, seed: int) -> Source:
    """The source that `data.source` names, ready to stream. Relative paths count from the project's root.

    Args:
        data: the kind of source, and the settings of folder and Kaggle sources.
        synthetic: the settings of the generator.
        runtime: where work runs, and the cache and timeout of Kaggle sources.
        seed: of the generator, 0 to 2^32 - 1.

    Returns:
        The source.

    Raises:
        InkpipeError: the source has no data, or data that cannot be used.
    """
    if data.source not in ("synthetic", "mixed"):
        return _open_real(data.source, data, runtime)
    from inkpipe.sources.synthetic import SyntheticSource

    generator = SyntheticSource(synthetic, seed, runtime.workers)
    return MixedSource(_open_real(data.mixed.real, data, runtime), generator) if data.source == "mixed" else generator


def _open_real(kind: str, data: DataParams, runtime: RuntimeParams) -> Source:
    """The source of real images that `kind` names: `folder` or `kaggle`."""
    if kind == "kaggle":
        from inkpipe.sources.kaggle.source import KaggleSource  # late: other sources need no network client

        return KaggleSource(
            data.kaggle,
            data.folder,
            cache=project_path(runtime.kaggle_cache),
            timeout_seconds=runtime.kaggle_timeout_seconds,
            workers=runtime.workers,
        )
    from inkpipe.sources.folder import FolderSource

    folder = data.folder
    if not folder.path:
        raise InkpipeError(
            f"data.source is {data.source} but data.folder.path is empty. Set it to a directory or a .zip."
        )
    return FolderSource(project_path(folder.path), **folder.options(), workers=runtime.workers)


def write_corpus(source: Source, target: Path) -> IngestResult:
    """Stream a source into a corpus: `{split}.parquet` files and `source.json`. It appears whole or not at all.

    Labels and images are taken as they are; the data contract judges them later. `source.json` holds the source's
    description and each split's rows and SHA-256.

    Args:
        source: of labeled images, at least one of them for training.
        target: the corpus's folder; an earlier one is replaced.

    Returns:
        The number of rows, and of skipped files.

    Raises:
        InkpipeError: there is no training image, the source cannot be read, or the folder cannot be written.
    """
    counts = {split: source.count(split) for split in SPLITS}
    if not counts["train"]:
        received = ", ".join(f"{count} {split}" for split, count in counts.items())
        raise InkpipeError(
            "The source has no labeled training image. "
            f"Received: {received} of data.source {source.describe()['source']}. Give it a train split."
        )
    with whole_directory(target) as folder:
        splits = {split: _write_split(source, folder, split, counts[split]) for split in SPLITS}
        described = source.describe()  # now that every image has been seen
        write_source(folder, {**described, "splits": splits})
    skipped, noticed = (
        {reason: files["count"] for reason, files in described.get(kind, {}).items()} for kind in ("skipped", "noticed")
    )
    return IngestResult({split: written["rows"] for split, written in splits.items()}, skipped, noticed)


def _write_split(source: Source, folder: Path, split: str, count: int) -> dict[str, Any]:
    samples = source.samples(split) if count else iter(())
    rows = write_split(folder, split, track(samples, count, split), source.extra_columns)
    return {"rows": rows, "sha256": sha256_file(Corpus(folder).path(split))}
