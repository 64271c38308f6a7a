"""The corpus: labeled images as one Parquet file a split and `source.json`, read and written as a stream.

Each row is `filename` (string), `label` (string, as its source gives it, null if it gives none) and `image` (the
encoded bytes, untouched). A source may add columns of strings, such as `origin`, which says whether a row is real or
synthetic; they travel on into the manifest. Whatever the source, later stages see only this.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, write_json

SPLITS = ("train", "validation", "test")
SCHEMA = pa.schema([("filename", pa.string()), ("label", pa.string()), ("image", pa.binary())])
# A row group is the unit of reading: memory stays flat at any size of the corpus and of its images.
ROWS_PER_GROUP, BYTES_PER_GROUP = 1024, 64 << 20
SOURCE = "source.json"
# Reasons in `source.json` why an image or a line is no row that mean: not transcribed yet.
NOT_TRANSCRIBED = ("image without label", "line without text")
ORIGIN = "origin"  # the extra column of a corpus that has both real and synthetic rows
GROUP = "group"  # the extra column of what must not be in two splits, such as a page or a writer
REAL, SYNTHETIC = "real", "synthetic"  # its values


class Sample(NamedTuple):
    """One labeled image as its source gives it.

    Attributes:
        filename: its name, by which people find it again.
        label: the text that it shows; None if the source gives none.
        image: the encoded bytes.
        extra: the values of the corpus's extra columns, by name; None for a null.
    """

    filename: str
    label: str | None
    image: bytes
    extra: Mapping[str, str | None] = {}


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
                f"{path} is damaged. Received: {error}. Remake it with `dvc repro -sf download`."
            ) from error

    def count(self, split: str) -> int:
        """The number of rows of a split, from the file's footer alone.

        Raises:
            InkpipeError: see `parquet`.
        """
        return int(self.parquet(split).metadata.num_rows)

    def labels(self, split: str) -> Iterator[str | None]:
        """Stream the labels of a split, as the source gives them, without its images.

        Raises:
            InkpipeError: see `parquet`.
        """
        for batch in self.parquet(split).iter_batches(columns=["label"]):
            yield from batch["label"].to_pylist()

    def real_labels(self, split: str) -> Iterator[str | None]:
        """The labels of a split without those of synthetic images beside real ones.

        Raises:
            InkpipeError: see `parquet`.
        """
        if ORIGIN not in self.extra_columns():
            yield from self.labels(split)
            return
        for batch in self.parquet(split).iter_batches(columns=["label", ORIGIN]):
            pairs = zip(batch["label"].to_pylist(), batch[ORIGIN].to_pylist(), strict=True)
            yield from (label for label, origin in pairs if origin == REAL)

    def extra_columns(self) -> tuple[str, ...]:
        """The columns of strings beside those of `SCHEMA`, in any split, in their order; none in most corpora.

        Raises:
            InkpipeError: see `parquet`.
        """
        fields = [field for split in SPLITS for field in self.parquet(split).schema_arrow]
        names = [field.name for field in fields if field.name not in SCHEMA.names and field.type == pa.string()]
        return tuple(dict.fromkeys(names))

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
                yield from _samples(file.read_row_group(group, use_threads=False).take(inside))
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
                "Remake it with `dvc repro -sf download`."
            )
        return described


def write_split(folder: Path, split: str, samples: Iterable[Sample], extra: Sequence[str] = ()) -> int:
    """Stream samples to the file of a split. The same samples in the same order give the same bytes.

    Args:
        folder: of the corpus; it exists.
        split: `train`, `validation` or `test`.
        samples: read once. Images are not compressed again.
        extra: the names of extra columns, whose values the samples have in `Sample.extra`.

    Returns:
        The number of rows written.
    """
    rows = 0
    texts = ["filename", "label", *extra]
    compression = dict.fromkeys(texts, "zstd")  # images are compressed already, and all different
    schema = pa.schema([*SCHEMA, *((name, pa.string()) for name in extra)])
    path = Corpus(folder).path(split)
    with pq.ParquetWriter(path, schema, compression=compression, use_dictionary=texts[1:]) as writer:
        for batch in _row_groups(samples):
            writer.write_batch(pa.RecordBatch.from_pylist([_row(sample) for sample in batch], schema=schema))
            rows += len(batch)
    return rows


def _row_groups(samples: Iterable[Sample]) -> Iterator[list[Sample]]:
    group, size = list[Sample](), 0
    for sample in samples:
        if len(group) == ROWS_PER_GROUP or (group and size + len(sample.image) > BYTES_PER_GROUP):
            yield group
            group, size = [], 0
        group.append(sample)
        size += len(sample.image)
    if group:
        yield group


def _row(sample: Sample) -> dict[str, Any]:
    return {**sample.extra, "filename": sample.filename, "label": sample.label, "image": sample.image}


def _samples(rows: pa.Table) -> Iterator[Sample]:
    """The samples of some rows; columns of other types than strings are left out."""
    names, labels, images = (rows[name].to_pylist() for name in SCHEMA.names)
    extra = [f.name for f in rows.schema if f.name not in SCHEMA.names and f.type == pa.string()]
    if not extra:
        return map(Sample, names, labels, images)
    return map(Sample, names, labels, images, rows.select(extra).to_pylist())


def write_source(folder: Path, described: Mapping[str, Any]) -> None:
    """Write `source.json`: what the source says of itself, as JSON without path, time or host."""
    write_json(folder / SOURCE, dict(described))
