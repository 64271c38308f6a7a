"""The manifest: one row an image, in the corpus's order. `validate` writes it, later stages go by it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inkpipe.errors import InkpipeError

ACCEPTED, QUARANTINED = "accepted", "quarantined"
MANIFEST = pa.schema(
    [
        ("split", pa.string()),
        ("filename", pa.string()),
        ("label", pa.string()),  # normalised; null if the source gives none, or only white space
        ("width", pa.int32()),  # pixels; null if the image does not decode
        ("height", pa.int32()),
        ("digest", pa.string()),  # SHA-256 of the encoded bytes, in hexadecimal
        ("verdict", pa.string()),  # ACCEPTED or QUARANTINED
        ("reasons", pa.list_(pa.string())),  # the rules that a quarantined row breaks, by name; empty if accepted
    ]
)


class AcceptedRows(NamedTuple):
    """The accepted rows of a split.

    Attributes:
        rows: their row numbers in the split of the corpus, rising.
        texts: their normalised labels, in the same order.
    """

    rows: list[int]
    texts: list[str]


def accepted_rows(manifest: Path, split: str) -> AcceptedRows:
    """The accepted rows of a split, from the manifest's file.

    Raises:
        InkpipeError: the file is absent or is no manifest.
    """
    columns = read_columns(manifest, split, ["label", "verdict"])
    rows = np.flatnonzero(pc.equal(columns["verdict"], ACCEPTED).to_numpy())
    return AcceptedRows(rows.tolist(), columns["label"].take(rows).to_pylist())


def accepted_texts(manifest: Path, split: str) -> Iterator[str]:
    """Stream the normalised labels of a split's accepted rows, in memory that does not grow with their number.

    Raises:
        InkpipeError: the file is absent or is no manifest.
    """
    with _opened(manifest) as file:
        for batch in file.iter_batches(columns=["split", "label", "verdict"]):
            kept = pc.and_(pc.equal(batch["split"], split), pc.equal(batch["verdict"], ACCEPTED))
            yield from batch["label"].filter(kept).to_pylist()


def count_verdicts(manifest: Path) -> dict[str, Counter[str]]:
    """How many rows of each split have which verdict, in memory that does not grow with their number.

    Raises:
        InkpipeError: the file is absent or is no manifest.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    with _opened(manifest) as file:
        for batch in file.iter_batches(columns=["split", "verdict"]):
            for split, verdict in zip(batch["split"].to_pylist(), batch["verdict"].to_pylist(), strict=True):
                counts[split][verdict] += 1
    return counts


def read_columns(manifest: Path, split: str, columns: list[str]) -> pa.Table:
    """Some columns of the manifest, as they are in `MANIFEST`, for the rows of one split.

    Raises:
        InkpipeError: the file is absent or is no manifest.
    """
    with _opened(manifest) as file:
        return file.read(columns=["split", *columns]).filter(pc.field("split") == split).select(columns)


@contextmanager
def _opened(manifest: Path) -> Iterator[pq.ParquetFile]:
    if not manifest.exists():
        raise InkpipeError(f"{manifest} does not exist. It is made by `dvc repro validate`; run that first.")
    try:
        with pq.ParquetFile(manifest) as file:
            if missing := [name for name in MANIFEST.names if name not in file.schema_arrow.names]:
                raise _refusal(manifest, f"columns without {', '.join(missing)}")
            yield file
    except pa.ArrowInvalid as error:
        raise _refusal(manifest, error) from error


def _refusal(manifest: Path, received: object) -> InkpipeError:
    return InkpipeError(f"{manifest} is no manifest. Received: {received}. Remake it with `dvc repro -f validate`.")
