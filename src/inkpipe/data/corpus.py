"""The corpus: labeled images as one Parquet file a split and `source.json`, read and written as a stream.

Each row is `filename` (string), `label` (string, as its source gives it, null if it gives none) and `image` (the
encoded bytes, untouched). Whatever the source, later stages see only this.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from inkpipe.batching import batched
from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, write_json

SPLITS = ("train", "validation", "test")
SCHEMA = pa.schema([("filename", pa.string()), ("label", pa.string()), ("image", pa.binary())])
ROWS_PER_GROUP = 1024  # about 5 MB of images: the unit of reading, so memory stays flat at any corpus size
SOURCE = "source.json"


class Sample(NamedTuple):
    """One labeled image as its source gives it.

    Attributes:
        filename: its name, by which people find it again.
        label: the text that it shows; None if the source gives none.
        image: the encoded bytes.
    """

    filename: str
    label: str | None
    image: bytes


@dataclass(frozen=True)
class Corpus:
    """A corpus on disk. Opening one reads nothing; each method reads what it needs.

    Attributes:
        folder: where its files lie.
    """

    folder: Path

    def path(self, split: str) -> Path:
        """The Parquet file of a split."""
        return self.folder / f"{split}.parquet"

    def parquet(self, split: str) -> pq.ParquetFile:
        """The file of a split, opened.

        Raises:
            InkpipeError: it is absent or is no Parquet file.
        """
        path = self.path(split)
        if not path.exists():
            raise InkpipeError(f"No {split} split of the corpus at {path}. Run `dvc repro download` first.")
        try:
            return pq.ParquetFile(path)
        except pa.ArrowInvalid as error:
            raise InkpipeError(
                f"{path} is damaged. Received: {error}. Remake it with `dvc repro -f download`."
            ) from error

    def count(self, split: str) -> int:
        """The number of rows of a split, from the file's footer alone.

        Raises:
            InkpipeError: see `parquet`.
        """
        return int(self.parquet(split).metadata.num_rows)

    def samples(self, split: str, rows: Sequence[int] | None = None) -> Iterator[Sample]:
        """Stream the samples of a split.

        Args:
            split: `train`, `validation` or `test`.
            rows: row numbers in rising order, of which only the row groups that hold them are read; None for all.

        Raises:
            InkpipeError: see `parquet`.
        """
        file = self.parquet(split)
        wanted, first = deque(range(file.metadata.num_rows) if rows is None else rows), 0
        for group in range(file.num_row_groups):
            last = first + file.metadata.row_group(group).num_rows
            inside = []
            while wanted and wanted[0] < last:
                inside.append(wanted.popleft() - first)
            if inside:
                columns = file.read_row_group(group, use_threads=False).take(inside).columns
                yield from map(Sample, *(column.to_pylist() for column in columns))
            first = last

    def source(self) -> dict[str, Any]:
        """What `source.json` says of where the samples come from; empty if there is no such file.

        Raises:
            InkpipeError: the file is not a JSON object.
        """
        path = self.folder / SOURCE
        if not path.exists():
            return {}
        described = read_json(path, "download")
        if not isinstance(described, dict):
            raise InkpipeError(
                f"{path} is damaged: it must hold a JSON object. Received: {type(described).__name__}. "
                "Remake it with `dvc repro -f download`."
            )
        return described


def write_split(folder: Path, split: str, samples: Iterable[Sample]) -> int:
    """Stream samples to the file of a split. The same samples in the same order give the same bytes.

    Args:
        folder: of the corpus; it exists.
        split: `train`, `validation` or `test`.
        samples: read once. Images are not compressed again.

    Returns:
        The number of rows written.
    """
    rows = 0
    compression = {"filename": "zstd", "label": "zstd"}  # images are compressed already, and all different
    path = Corpus(folder).path(split)
    with pq.ParquetWriter(path, SCHEMA, compression=compression, use_dictionary=["label"]) as writer:
        for batch in batched(samples, ROWS_PER_GROUP):
            writer.write_batch(pa.RecordBatch.from_pylist([sample._asdict() for sample in batch], schema=SCHEMA))
            rows += len(batch)
    return rows


def write_source(folder: Path, described: Mapping[str, Any]) -> None:
    """Write `source.json`: what the source says of itself, as JSON without path, time or host."""
    write_json(folder / SOURCE, dict(described))
