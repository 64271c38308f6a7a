"""The log of served images: statistics of a sample of them, without their content, their names and their texts.

It is a folder of Parquet files, each whole, named by the time of its first row. The oldest go when there are many rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from inkpipe.errors import InkpipeError
from inkpipe.files import whole_file

SCHEMA = pa.schema(
    [
        ("time", pa.timestamp("us", "UTC")),
        ("model", pa.string()),  # the version that served
        ("width", pa.int32()),  # pixels; null if the image does not decode
        ("height", pa.int32()),
        ("ink", pa.float32()),  # as in the manifest; null likewise
        ("contrast", pa.float32()),
        ("length", pa.int32()),  # characters of the recognized text; null if the image could not be read
        ("confidence", pa.float64()),  # of the text, 0 to 1; null likewise
        ("violations", pa.int32()),  # rules of the contract on the picture that the image violates
    ]
)
PART = "served-{:%Y%m%dT%H%M%S.%f}.parquet"
PARTS = "served-*.parquet"
_ADVICE = (
    "Give the folder that `inkpipe serve --log FOLDER` writes: its first file a minute after the first image that the "
    "sample takes, or when the server ends."
)


class ServedImage(NamedTuple):
    """What is logged of an image; see `SCHEMA`."""

    time: datetime
    model: str
    width: int | None
    height: int | None
    ink: float | None
    contrast: float | None
    length: int | None
    confidence: float | None
    violations: int


def append_part(folder: Path, rows: Sequence[ServedImage], max_rows: int) -> None:
    """Add rows to a log as a file of their own, and remove the oldest files.

    Args:
        folder: of the log; need not exist.
        rows: in the order of their times, at least one.
        max_rows: that stay, rounded up to whole files.

    Raises:
        InkpipeError: the folder cannot be written, or the disk is full.
    """
    with whole_file(folder / PART.format(rows[0].time.astimezone(UTC))) as partial:
        pq.write_table(pa.Table.from_pylist([row._asdict() for row in rows], SCHEMA), partial)
    newer = 0
    for part in sorted(folder.glob(PARTS), reverse=True):
        if newer >= max_rows:
            part.unlink(missing_ok=True)
        else:
            newer += _count_rows(part)


@lru_cache(1 << 16)  # a part never changes, and a quiet server has thousands, of a few rows each
def _count_rows(part: Path) -> int:
    try:
        return int(pq.read_metadata(part).num_rows)
    except (OSError, pa.ArrowException):  # another server has removed it, or it is no part: the log goes on
        return 0


def read_log(path: Path) -> pa.Table:
    """Read a log.

    Args:
        path: its folder, or one of its files.

    Returns:
        The rows in the order of their times, with the columns of `SCHEMA`.

    Raises:
        InkpipeError: there is no log, or it has no rows.
    """
    if not path.exists():
        raise InkpipeError(f"There is no log of served images. Received: {path}, which does not exist. {_ADVICE}")
    files = sorted(path.glob(PARTS)) if path.is_dir() else [path]
    try:
        tables = [pq.read_table(file).select(SCHEMA.names).cast(SCHEMA) for file in files]
    except (OSError, pa.ArrowException, KeyError) as error:
        raise InkpipeError(f"This is no log of served images. Received: {path}, {error}. {_ADVICE}") from error
    table = pa.concat_tables([SCHEMA.empty_table(), *tables])
    if not len(table):
        raise InkpipeError(f"The log of served images is empty. Received: {path}. {_ADVICE}")
    return table
