"""What a review says the images show: a corpus for training, a table for people, and transcripts with the texts."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from inkpipe.batching import batched
from inkpipe.data.corpus import SPLITS
from inkpipe.errors import InkpipeError
from inkpipe.files import own_directory, whole_file
from inkpipe.output import neutralized
from inkpipe.review.database import Database
from inkpipe.review.queues import RANDOM
from inkpipe.review.stored_images import stored_image
from inkpipe.sources.csv_dialect import column_key
from inkpipe.sources.label_files import LABEL as LABELS
from inkpipe.sources.page_cutting import LINE, PAGE
from inkpipe.transcripts import LineText, with_texts

ROWS = 256  # whose images are in memory
LABEL, UNSEEN = "label", "unseen"  # decisions that nobody made: the label that came with the data, the prediction
SAID = ("decision", "reviewer", "reviewed_at", "model", "prediction", "confidence", "queue")
OWN = ("name", *SAID)  # columns beside image and text
# As which no further column may be named: those of the corpus, and those that readers take for the texts rather
RESERVED = frozenset({"image", *LABELS[: LABELS.index("text") + 1], *OWN})
PAGES = "SELECT page, transcript, lines FROM pages"
TEXTS = (
    "SELECT images.id, name, label, split, extra, images.text AS predicted, error, decisions.kind, "
    "CASE WHEN decisions.id IS NULL OR decisions.model IS images.model THEN confidence END AS confidence, "
    "decisions.text, decisions.prediction, decisions.queue, reviewer, decided_at, "
    "coalesce(decided_by.version, models.version) AS model FROM images "
    "LEFT JOIN decisions ON decisions.id = images.decision LEFT JOIN models ON models.id = images.model "
    "LEFT JOIN models AS decided_by ON decided_by.id = decisions.model ORDER BY images.id"
)


class Correction(NamedTuple):
    """The text of an image.

    Attributes:
        image: its id.
        name: its name.
        text: what it shows; None if it is unreadable.
        split: `train`, `validation` or `test`; None if the next training should choose.
        extra: the further columns of the data that it came from.
        said: who said so, when, of which model's prediction; by the names of `SAID`. The confidence is that of this
            prediction, and None where another model has read the image since.
    """

    image: int
    name: str
    text: str | None
    split: str | None
    extra: Mapping[str, str | None]
    said: Mapping[str, str | None]


class WrittenTranscripts(NamedTuple):
    """What was written into transcripts.

    Attributes:
        texts: their number by the name of the file.
        without_line: the names of the images whose texts found no line.
    """

    texts: dict[str, int]
    without_line: list[str]


def corrections(database: Database, *, with_labels: bool = False, accept: float | None = None) -> Iterator[Correction]:
    """The texts of the images that were checked, and of others if they are asked for.

    Data in a layout keeps its splits. Of other data, the images of the random sample are for testing: they are chosen
    without looking, so they measure, and they never teach the model that they will measure.

    Args:
        database: the review.
        with_labels: also images that nobody has checked, with the label that they came with.
        accept: also images that nobody has checked and whose confidence is at least this, 0 to 1, with their
            prediction. Of `with_labels`, an image that has a label comes with that. None for none.

    Yields:
        The texts, in the order of the data; one that is unreadable has none.
    """
    for row in database.rows(TEXTS):
        if row["kind"]:
            yield _correction(row, row["text"], row["kind"])
        elif with_labels and row["label"] is not None:
            yield _correction(row, row["label"], LABEL)
        elif accept is not None and row["predicted"] and row["confidence"] >= accept:  # not those without a prediction
            yield _correction(row, row["predicted"], UNSEEN)


def write_corpus(database: Database, folder: Path, rows: Iterator[Correction]) -> dict[str, int]:
    """Write texts with their images as a corpus that `data.source: folder` reads, in the layout `parquet`.

    Args:
        database: the review that they are from.
        folder: new, or an earlier output.
        rows: the texts; those that are unreadable are left out.

    Returns:
        The number of images by split.

    Raises:
        InkpipeError: there is no text, or the folder holds other files.
    """
    readable = [row for row in rows if row.text is not None]
    if not readable:
        raise InkpipeError(
            f"No image has a text yet. Received: {database.path}. Check some with `inkpipe review DATA`."
        )
    columns = _further_columns(dict.fromkeys(name for row in readable for name in row.extra))
    schema = pa.schema([("image", pa.binary()), *((name, pa.string()) for name in ("text", *OWN, *columns))])
    by_split: dict[str, list[Correction]] = {}
    for row in readable:
        by_split.setdefault(row.split or "train", []).append(row)
    with own_directory(folder, "corrections --out") as partial:
        for split in (each for each in SPLITS if each in by_split):
            with pq.ParquetWriter(partial / f"{split}.parquet", schema) as writer:
                for batch in batched(by_split[split], ROWS):
                    content = [_parquet_row(database, row, columns) for row in batch]
                    writer.write_table(pa.Table.from_pylist(content, schema))
    return {split: len(by_split[split]) for split in SPLITS if split in by_split}


def write_table(path: Path, rows: Iterator[Correction]) -> int:
    """Write texts as a CSV file for spreadsheets. No cell begins as a formula.

    Args:
        path: to replace.
        rows: the texts.

    Returns:
        Their number.
    """
    count = 0
    with whole_file(path) as partial, partial.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["name", "text", "split", *SAID])
        for row in rows:
            cells = [row.name, row.text, row.split, *(row.said[name] for name in SAID)]
            writer.writerow(map(neutralized, cells))
            count += 1
    return count


def write_transcripts(database: Database, folder: Path, rows: Iterator[Correction]) -> WrittenTranscripts:
    """Write texts into the PAGE XML and ALTO files that their lines were cut by. All else in them stays as it is.

    Args:
        database: the review that they are from.
        folder: new, or an earlier output; the files have the names that they had in the data.
        rows: the texts. Lines that are unreadable, or not among them, stay as they are.

    Returns:
        What was written, and which texts were not.

    Raises:
        InkpipeError: no text is of a line of such a file, a file is damaged, its name leads out of the folder, or the
            folder holds other files.
    """
    places = {row["page"]: (row["transcript"], json.loads(row["lines"])) for row in database.rows(PAGES)}
    texts: dict[str, dict[int, LineText]] = {}
    without_line: list[str] = []
    for row in rows:
        if row.text is None:
            continue
        name, lines = places.get(row.extra.get(PAGE) or "", ("", {}))
        place = lines.get(row.extra.get(LINE))
        if place is None:
            without_line.append(row.name)
        else:
            confidence = float(row.said["confidence"] or 0) if row.said["decision"] == UNSEEN else None
            texts.setdefault(name, {})[place] = LineText(row.text, confidence)
    if not texts:
        raise InkpipeError(
            f"No text is of a line of PAGE XML or ALTO. Received: {database.path}. "
            "Review pages with such files beside them, and check some lines."
        )
    with own_directory(folder, "corrections --transcripts") as partial:
        for name, of_file in texts.items():
            content = database.value("SELECT content FROM transcripts WHERE name = ?", [name])
            path = _within(partial, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(with_texts(bytes(content), of_file))
    return WrittenTranscripts({name: len(of_file) for name, of_file in texts.items()}, without_line)


def _within(folder: Path, name: str) -> Path:
    """The path of a file below a folder. A review may come from anybody, so its names are not trusted."""
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or ":" in name or "\0" in name:
        raise InkpipeError(f"The name of a file leads out of its folder. Received: {name!r}. Do not use this review.")
    return folder / parts


def _correction(row: Any, text: str | None, decision: str) -> Correction:
    split = row["split"] or ("test" if row["queue"] == RANDOM else None)
    confidence = None if row["confidence"] is None else f"{row['confidence']:.6f}"
    prediction = row["prediction"] if row["kind"] else row["predicted"]
    said = (decision, row["reviewer"], row["decided_at"], row["model"], prediction, confidence, row["queue"])
    return Correction(row["id"], row["name"], text, split, json.loads(row["extra"]), dict(zip(SAID, said, strict=True)))


def _further_columns(names: Iterable[str]) -> dict[str, str]:
    """The columns of the data by their names in the corpus: one that would clash gets `source_` before its name.

    Those of an earlier round of corrections are left out: the columns of this round take their place.
    """
    given, taken, further = list(names), set(RESERVED), {}
    if set(OWN) <= set(given):
        given = [name for name in given if name not in OWN]
    for name in sorted(given, key=lambda each: column_key(each) in RESERVED):  # a name that may stay goes first
        column = name
        while column_key(column) in taken:
            column = f"source_{column}"
        taken.add(column_key(column))
        further[column] = name
    return further


def _parquet_row(database: Database, row: Correction, columns: Mapping[str, str]) -> dict[str, Any]:
    further = {column: row.extra.get(name) for column, name in columns.items()}
    return {**further, **row.said, "image": stored_image(database, row.image), "text": row.text, "name": row.name}
