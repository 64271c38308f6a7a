"""The corpus on disk: one Parquet file a split, read and written as a stream, never held in memory.

Each row is `filename` (string), `label` (string, as its source gives it, null if it gives none) and `image` (the
encoded bytes, untouched). Whatever the source, later stages see only this.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from inkpipe.errors import InkpipeError

SPLITS = ("train", "validation", "test")
SCHEMA = pa.schema([("filename", pa.string()), ("label", pa.string()), ("image", pa.binary())])
ROWS_PER_GROUP = 1024  # about 5 MB of images: the unit of reading, so memory stays flat at any corpus size


class Sample(NamedTuple):
    """One labelled image as its source gives it."""

    filename: str
    label: str | None
    image: bytes


def split_path(folder: Path, split: str) -> Path:
    """Where a split of the corpus in `folder` lies."""
    return folder / f"{split}.parquet"


def open_split(folder: Path, split: str) -> pq.ParquetFile:
    """A split's file, opened.

    Raises:
        InkpipeError: it is absent or is no Parquet file.
    """
    path = split_path(folder, split)
    if not path.exists():
        raise InkpipeError(f"No {split} split of the corpus at {path}. Run `dvc repro download` first.")
    try:
        return pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise InkpipeError(f"{path} is damaged. Received: {error}. Remake it with `dvc repro -f download`.") from error


def write_split(folder: Path, split: str, samples: Iterable[Sample]) -> int:
    """Stream `samples` to the split's file and return how many rows were written.

    The same samples in the same order give the same bytes. Images are not compressed again.
    """
    rows = 0
    compression = {"filename": "zstd", "label": "zstd"}  # images are compressed already, and all different
    with pq.ParquetWriter(
        split_path(folder, split), SCHEMA, compression=compression, use_dictionary=["label"]
    ) as writer:
        for batch in _batches(samples):
            writer.write_batch(pa.RecordBatch.from_pylist([sample._asdict() for sample in batch], schema=SCHEMA))
            rows += len(batch)
    return rows


def read_rows(folder: Path, split: str, rows: Sequence[int]) -> Iterator[Sample]:
    """Stream the samples at the given row numbers, which must rise; only the row groups that hold them are read.

    Raises:
        InkpipeError: see `open_split`.
    """
    file = open_split(folder, split)
    wanted, first = deque(rows), 0
    for group in range(file.num_row_groups):
        last = first + file.metadata.row_group(group).num_rows
        inside = []
        while wanted and wanted[0] < last:
            inside.append(wanted.popleft() - first)
        if inside:
            columns = file.read_row_group(group, use_threads=False).take(inside).columns
            yield from map(Sample, *(column.to_pylist() for column in columns))
        first = last


def count_rows(folder: Path, split: str) -> int:
    """How many rows a split has, from the file's footer alone."""
    return int(open_split(folder, split).metadata.num_rows)


def _batches(samples: Iterable[Sample]) -> Iterator[list[Sample]]:
    batch: list[Sample] = []
    for sample in samples:
        batch.append(sample)
        if len(batch) == ROWS_PER_GROUP:
            yield batch
            batch = []
    if batch:
        yield batch
