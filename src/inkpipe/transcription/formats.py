"""The formats of a transcription. To add one, write a function that writes rows and list it in `FORMATS`."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from inkpipe.batching import batched
from inkpipe.output import encodable, neutralized, printable

if TYPE_CHECKING:
    from inkpipe.transcription.rows import Row

HALF_A_DECIMAL = 0.0005  # a smaller number is 0.000 with three decimals
ROWS = 4096  # of a group in a Parquet file

Write = Callable[[Iterable["Row"], TextIO, int], None]  # rows, the stream, and how many texts a row has at most


def write_text(rows: Iterable[Row], out: TextIO, top: int) -> None:
    """A line for each image, separated by tabs: name, text, confidence, then further texts with theirs.

    What goes wrong stands at the end of the line, and control characters are escaped.
    """
    for row in rows:
        further = [cell for pair in _further(row, top) for cell in pair]
        notes = [row.error] if row.error else [" ".join(row.warnings)] if row.warnings else []
        cells = [row.image, row.text, _short(row.confidence), *(_short(cell) for cell in further), *notes]
        print("\t".join(printable(cell, out) for cell in cells), file=out)


def write_csv(rows: Iterable[Row], out: TextIO, top: int) -> None:
    """CSV with a header (RFC 4180). No cell begins as a formula, see `inkpipe.output.neutralized`."""
    writer = csv.writer(out, lineterminator="\n")
    more = [f"{name}_{number}" for number in range(2, top + 1) for name in ("text", "confidence")]
    writer.writerow(["image", "text", "confidence", "per_character", "characters", "error", "warnings", *more])
    for row in rows:
        further = [cell for pair in _further(row, top) for cell in pair]
        confidences = [row.confidence, row.per_character, " ".join(map(str, row.characters))]
        cells = [row.image, row.text, *confidences, row.error, " ".join(row.warnings), *further]
        writer.writerow([neutralized(encodable(cell, out) if isinstance(cell, str) else cell) for cell in cells])


def write_json_lines(rows: Iterable[Row], out: TextIO, _top: int) -> None:
    """A JSON object for each image, one a line."""
    unicode = (out.encoding or "utf-8").lower().startswith("utf")
    for row in rows:
        print(json.dumps(row.to_json(), ensure_ascii=not unicode), file=out)


def write_parquet(rows: Iterable[Row], path: Path) -> None:
    """A Parquet file with a column for each attribute of a row.

    Args:
        rows: of the file.
        path: to write to.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    alternative = pa.struct({"text": pa.string(), "confidence": pa.float64(), "score": pa.float64()})
    columns = {"image": pa.string(), "text": pa.string(), "confidence": pa.float64()}
    columns |= {"characters": pa.list_(pa.float64()), "alternatives": pa.list_(alternative)}
    columns |= {"warnings": pa.list_(pa.string()), "error": pa.string(), "per_character": pa.float64()}
    schema = pa.schema(columns)
    with pq.ParquetWriter(path, schema) as writer:
        for group in batched(map(_for_arrow, rows), ROWS):
            writer.write_table(pa.Table.from_pylist(group, schema))


FORMATS: Mapping[str, Write] = {"text": write_text, "csv": write_csv, "jsonl": write_json_lines}
PARQUET = "parquet"  # cannot be written to a stream row by row
SUFFIXES = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": PARQUET}  # of files; others are text


def write_file(rows: Iterable[Row], path: Path, format_name: str, top: int) -> None:
    """Write rows to a file.

    Args:
        rows: of the file.
        path: to write to.
        format_name: of `FORMATS`, or `PARQUET`.
        top: texts of a row at most.
    """
    if format_name == PARQUET:
        write_parquet(rows, path)
        return
    with path.open("w", encoding="utf-8", newline="") as out:
        FORMATS[format_name](rows, out, top)


def _further(row: Row, top: int) -> Iterator[tuple[str, float | None]]:
    """The second to the last text that a row may have, with its confidence; empty where the decoder has no more."""
    for number in range(1, top):
        if number < len(row.alternatives):
            yield row.alternatives[number].text, row.alternatives[number].confidence
        else:
            yield "", None


def _short(cell: str | float | None) -> str:
    """A text as it is; a confidence with three decimals, or in scientific notation where these would all be 0."""
    if not isinstance(cell, float):
        return cell or ""
    return f"{cell:.3f}" if cell >= HALF_A_DECIMAL or not cell else f"{cell:.0e}"


def _for_arrow(row: Row) -> dict[str, Any]:
    return row._asdict() | {"alternatives": [each._asdict() for each in row.alternatives]}
