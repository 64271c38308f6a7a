"""The manifest: one row an image, in the corpus's order. `validate` writes it, later stages go by it.

Beside the columns of `MANIFEST` it has the corpus's extra columns, such as `origin`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inkpipe.data.corpus import ORIGIN, SYNTHETIC
from inkpipe.errors import InkpipeError

ACCEPTED, QUARANTINED = "accepted", "quarantined"
MANIFEST = pa.schema(
    [
        ("split", pa.string()),
        ("filename", pa.string()),
        ("label", pa.string()),  # normalized; null if the source gives none, or only white space
        ("width", pa.int32()),  # pixels; null if the image does not decode
        ("height", pa.int32()),
        ("ink", pa.float32()),  # darkness of the mean pixel, 0 (lightest) .. 1 (darkest); null likewise
        ("contrast", pa.float32()),  # gray levels from darkest to lightest; null likewise
        ("digest", pa.string()),  # SHA-256 of the encoded bytes, in hexadecimal
        ("verdict", pa.string()),  # ACCEPTED or QUARANTINED
        ("reasons", pa.list_(pa.string())),  # the rules that a quarantined row violates, by name; empty if accepted
    ]
)
MEASURES = ("width", "height", "contrast", "ink")  # the columns by which images are compared
QUARANTINE = MANIFEST.append(pa.field("evidence", pa.list_(pa.string())))  # for each reason, what is wrong


class AcceptedRows(NamedTuple):
    """The accepted rows of a split.

    Attributes:
        rows: their row numbers in the split of the corpus, in rising order.
        texts: their normalized labels, in the same order.
    """

    rows: list[int]
    texts: list[str]


@dataclass(frozen=True)
class Manifest:
    """A manifest on disk. Opening one reads nothing; each method reads the columns that it needs.

    Attributes:
        path: the Parquet file.
    """

    path: Path

    def accepted(self, split: str, synthetic: bool | None = None) -> AcceptedRows:
        """The accepted rows of a split.

        Args:
            split: `train`, `validation` or `test`.
            synthetic: take the rows that the column `origin` calls synthetic, or the others; None for all. A manifest
                without that column calls none so.

        Raises:
            InkpipeError: the file is absent or is no manifest.
        """
        told = synthetic is not None and ORIGIN in self.extra_columns()
        columns = self.columns(split, ["label", "verdict", *([ORIGIN] if told else [])])
        kept = pc.equal(columns["verdict"], ACCEPTED).to_numpy()
        if synthetic is not None:
            generated = [value == SYNTHETIC for value in columns[ORIGIN].to_pylist()] if told else [False] * len(kept)
            kept = kept & (np.array(generated, bool) == synthetic)
        rows = np.flatnonzero(kept)
        return AcceptedRows(rows.tolist(), columns["label"].take(rows).to_pylist())

    def accepted_texts(self, split: str) -> Iterator[str]:
        """Stream the normalized labels of a split's accepted rows, in memory that does not grow with their number.

        Raises:
            InkpipeError: the file is absent or is no manifest.
        """
        with self._opened() as file:
            for batch in file.iter_batches(columns=["split", "label", "verdict"]):
                kept = pc.and_(pc.equal(batch["split"], split), pc.equal(batch["verdict"], ACCEPTED))
                yield from batch["label"].filter(kept).to_pylist()

    def verdicts(self) -> dict[str, Counter[str]]:
        """The number of rows of each verdict, by split, in memory that does not grow with their number.

        Raises:
            InkpipeError: the file is absent or is no manifest.
        """
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        with self._opened() as file:
            for batch in file.iter_batches(columns=["split", "verdict"]):
                for split, verdict in zip(batch["split"].to_pylist(), batch["verdict"].to_pylist(), strict=True):
                    counts[split][verdict] += 1
        return counts

    def extra_columns(self) -> tuple[str, ...]:
        """The corpus's extra columns, all of them strings that may be null, in their order.

        Raises:
            InkpipeError: the file is absent or is no manifest.
        """
        with self._opened() as file:
            return tuple(name for name in file.schema_arrow.names if name not in MANIFEST.names)

    def columns(self, split: str, names: list[str]) -> pa.Table:
        """Some columns of the manifest, of the types in `MANIFEST` or extra ones, for the rows of one split.

        Raises:
            InkpipeError: the file is absent or is no manifest.
        """
        with self._opened() as file:
            return file.read(columns=["split", *names]).filter(pc.field("split") == split).select(names)

    def facts(self, split: str) -> dict[str, list[float | str | None]]:
        """What is known of the accepted images of a split beside their labels.

        Returns:
            A value for each accepted row, in their order, by the name of the column: the measures of the images, then
            the words of each column that is not one of `MANIFEST`.

        Raises:
            InkpipeError: the file is absent or is no manifest.
        """
        names = [*MEASURES, *self.extra_columns()]
        columns = self.columns(split, ["verdict", *names])
        accepted = columns.filter(pc.field("verdict") == ACCEPTED)
        return {name: accepted[name].to_pylist() for name in names}

    @contextmanager
    def _opened(self) -> Iterator[pq.ParquetFile]:
        if not self.path.exists():
            raise InkpipeError(f"{self.path} does not exist. It is made by `dvc repro validate`; run that first.")
        try:
            with pq.ParquetFile(self.path) as file:
                if missing := [name for name in MANIFEST.names if name not in file.schema_arrow.names]:
                    raise self._refusal(f"columns without {', '.join(missing)}")
                yield file
        except pa.ArrowInvalid as error:
            raise self._refusal(error) from error

    def _refusal(self, received: object) -> InkpipeError:
        return InkpipeError(
            f"{self.path} is no manifest. Received: {received}. Remake it with `dvc repro -sf validate`."
        )


def extended(schema: pa.Schema, extra: Iterable[str]) -> pa.Schema:
    """A schema of this module with a corpus's extra columns behind its own.

    Args:
        schema: `MANIFEST` or `QUARANTINE`.
        extra: the names of the columns.
    """
    columns = [(name, pa.string()) for name in extra]
    return pa.schema([*schema, *columns]) if columns else schema


def write_manifest(path: Path, parts: Iterable[pa.Table], schema: pa.Schema = MANIFEST) -> None:
    """Write a manifest, or with `QUARANTINE` as schema the list of quarantined rows.

    Args:
        path: the file.
        parts: consecutive rows, in the corpus's order.
        schema: `MANIFEST` or `QUARANTINE`, or one of them `extended`.
    """
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for part in parts:
            writer.write_table(part)
