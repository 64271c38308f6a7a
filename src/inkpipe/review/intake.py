"""Fill a review: take images in, then let a model read them. Both go on where they were interrupted."""

from __future__ import annotations

import hashlib
import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from inkpipe.batching import batched
from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.progress import track
from inkpipe.review.database import Database, as_text
from inkpipe.review.given_data import GivenData, GivenImage
from inkpipe.review.stored_images import stored_image
from inkpipe.rules import RowRule
from inkpipe.serving.recognizer import ImageRecognizer
from inkpipe.sources.page_cutting import PageTranscript
from inkpipe.transcription.image_file import ImageFile
from inkpipe.transcription.rows import Row, transcribe

ROWS = 256  # images written at once: what an interruption may lose


class IntakeResult(NamedTuple):
    """What an intake did.

    Attributes:
        added: images that are new in the review.
        changed: images whose name was known and whose bytes were not; they are left as they were.
        unreadable: images of the data that have no bytes, each with the reason.
    """

    added: int
    changed: list[str]
    unreadable: list[tuple[str, str]]


def take_in(database: Database, data: GivenData) -> IntakeResult:
    """Take the images of some data into a review. Those that it has already stay as they are; transcripts do not.

    Args:
        database: the review.
        data: its images and transcripts.

    Raises:
        InkpipeError: the data cannot be read, or holds no image.
    """
    result = IntakeResult(0, [], [])
    for batch in batched(track(data, len(data), "taking images in"), ROWS):
        result = result._replace(added=result.added + _insert(database, batch, result))
    renewed: set[str] = set()
    for transcripts in batched(data.transcripts(), ROWS):
        _put_transcripts(database, transcripts, renewed)
    if not database.value("SELECT count(*) FROM images"):
        reasons = "; ".join(f"{name}: {reason}" for name, reason in result.unreadable[:3]) or "no image"
        raise InkpipeError(f"There is nothing to review. Received: {reasons} Give images of one text line each.")
    return result


def recognize(database: Database, recognizer: ImageRecognizer, version: str, rules: Sequence[RowRule]) -> int:
    """Let a model read all images of a review that it has not read yet, and compare its texts with the labels.

    Args:
        database: the review.
        recognizer: of the model.
        version: of the model, for people.
        rules: of the contract, on the picture; an image that violates one gets a warning.

    Returns:
        How many images it read.
    """
    model = _model(database, recognizer, version)
    total = database.value("SELECT count(*) FROM images WHERE model IS NOT ?", [model])
    images = track(_unread(database, model), total, "recognizing images") if total else iter(())
    rows = transcribe(recognizer, images, rules, alternatives=True)
    for batch in batched(rows, ROWS):
        suspicions = _suspicions(database, recognizer, batch)
        with database.change() as connection:
            connection.executemany(
                "UPDATE images SET model = ?, text = ?, confidence = ?, characters = ?, alternatives = ?, "
                "warnings = ?, error = ?, suspicion = ? WHERE id = ?",
                [_predicted(row, model, suspicions.get(row.image)) for row in batch],
            )
    if total:
        database.rows("ANALYZE")  # so that SQLite knows which index serves which queue
    return int(total)


def random_place(name: str) -> float:
    """Where an image stands in the random order, uniform in 0 to 1; by its name, so other images do not change it.

    Args:
        name: of the image. The hash is salted: that of the name alone chooses splits, see `inkpipe.sources.splitting`.
    """
    return int.from_bytes(hashlib.sha256(f"review {name}".encode()).digest()[:6]) / 2**48


def _insert(database: Database, batch: Sequence[GivenImage], result: IntakeResult) -> int:
    added = 0
    with database.change() as connection:
        for image in batch:
            if isinstance(image.content, UnreadableImage):
                result.unreadable.append((image.name, str(image.content)))
                continue
            digest = hashlib.sha256(image.content).hexdigest()
            known = connection.execute("SELECT content_digest FROM images WHERE name = ?", [image.name]).fetchone()
            if known is None:
                _insert_image(connection, image, image.content, digest)
                added += 1
            elif known[0] != digest:
                result.changed.append(image.name)
    return added


def _insert_image(connection: sqlite3.Connection, image: GivenImage, content: bytes, digest: str) -> None:
    cursor = connection.execute(
        "INSERT INTO images (name, split, label, extra, content_digest, random_place) VALUES (?, ?, ?, ?, ?, ?)",
        [image.name, image.split, image.label, as_text(dict(image.extra)), digest, random_place(image.name)],
    )
    connection.execute("INSERT INTO pictures VALUES (?, ?)", [cursor.lastrowid, content])


def _put_transcripts(database: Database, transcripts: Iterable[PageTranscript], renewed: set[str]) -> None:
    """Put transcripts in place of those of an earlier intake: they may have got lines, or lost some.

    Args:
        database: the review.
        transcripts: some of the data, a file once for each of its pages.
        renewed: gets the names of the files, whose earlier pages are gone.
    """
    with database.change() as connection:
        for page, name, content, lines in transcripts:
            if name not in renewed:
                renewed.add(name)
                connection.execute("DELETE FROM pages WHERE transcript = ?", [name])
                connection.execute("INSERT OR REPLACE INTO transcripts VALUES (?, ?)", [name, content])
            connection.execute("INSERT OR REPLACE INTO pages VALUES (?, ?, ?)", [page, name, as_text(dict(lines))])


def _model(database: Database, recognizer: ImageRecognizer, version: str) -> int:
    vocabulary = as_text(recognizer.vocabulary.to_json())
    key = [version, recognizer.digest]
    with database.change() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO models (version, digest, vocabulary) VALUES (?, ?, ?)", [*key, vocabulary]
        )
        (model,) = connection.execute("SELECT id FROM models WHERE version = ? AND digest = ?", key).fetchone()
    return int(model)


def _unread(database: Database, model: int) -> Iterator[ImageFile]:
    """The images that a model has not read, by id; their bytes are read one at a time."""
    last = 0
    while ids := database.rows(
        "SELECT id FROM images WHERE model IS NOT ? AND id > ? ORDER BY id LIMIT ?", [model, last, ROWS]
    ):
        for (image,) in ids:
            yield ImageFile(str(image), partial(_content, database, image))
        last = image


def _content(database: Database, image: int) -> bytes:
    return stored_image(database, image) or b""


def _predicted(row: Row, model: int, suspicion: float | None) -> list[object]:
    alternatives = [each._asdict() for each in row.alternatives]
    lists = [as_text(each) for each in (row.characters, alternatives, row.warnings)]
    return [model, row.text, row.confidence, *lists, row.error, suspicion, int(row.image)]


def _suspicions(database: Database, recognizer: ImageRecognizer, batch: Sequence[Row]) -> dict[str, float]:
    """How suspect the labels of some images are, see `inkpipe.evaluation.suspect_labels`; by the image."""
    normalize = recognizer.vocabulary.normalize
    marks = ", ".join("?" * len(batch))
    query = f"SELECT id, label FROM images WHERE label IS NOT NULL AND id IN ({marks})"  # noqa: S608 - marks alone
    labels = {str(image): normalize(label) for image, label in database.rows(query, [int(row.image) for row in batch])}
    differing = [row for row in batch if row.error is None and labels.get(row.image, row.text) != row.text]
    if not differing:
        return {}
    texts, others = [row.text for row in differing], [labels[row.image] for row in differing]
    images = [_content(database, int(row.image)) for row in differing]
    ratios = recognizer.log_ratios(images, texts, others).tolist()
    return {
        row.image: ratio / Levenshtein.distance(text, other)
        for row, text, other, ratio in zip(differing, texts, others, ratios, strict=True)
        if math.isfinite(ratio) and ratio > 0
    }
