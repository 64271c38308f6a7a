"""How far a review is: counts, people, speed."""

from __future__ import annotations

import json
from typing import Any

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.review.database import Database
from inkpipe.review.error_rate import estimate_error_rate
from inkpipe.review.queues import OPEN, QUEUES

MAX_SECONDS = 180  # on the screen; who looks longer at one image has gone for coffee
DECIDED = """
SELECT kind, count(*) AS images FROM decisions JOIN images ON images.decision = decisions.id GROUP BY kind
"""
PEOPLE = """
SELECT reviewer, count(*) AS images, sum(min(seconds, ?)) AS seconds, count(seconds) AS timed FROM decisions
WHERE undone_at IS NULL AND kind != 'skipped' GROUP BY reviewer ORDER BY images DESC, reviewer
"""
KINDS = ("accepted", "corrected", "unreadable")


def overview(database: Database, threshold: float) -> dict[str, Any]:
    """How far a review is.

    Args:
        database: the review.
        threshold: confidence from which on the error rate of unchecked texts is estimated, 0 to 1.

    Returns:
        Content for JSON: images, those that no model could read, decisions by kind, those left by queue, the people
        with their speed in images an hour, and the error rate.
    """
    decided = {row["kind"]: row["images"] for row in database.rows(DECIDED)}
    left = {
        name: database.value(f"SELECT count(*) FROM images WHERE {OPEN} AND {queue.condition}")  # noqa: S608
        for name, queue in QUEUES.items()
    }
    people = [_person(row) for row in database.rows(PEOPLE, [MAX_SECONDS])]
    return {
        "images": database.value("SELECT count(*) FROM images"),
        "unreadable_files": database.value("SELECT count(*) FROM images WHERE error IS NOT NULL"),
        "decided": {kind: decided.get(kind, 0) for kind in KINDS},
        "left": left,
        "people": people,
        "error_rate": estimate_error_rate(database, threshold, latest_vocabulary(database))._asdict(),
    }


def latest_vocabulary(database: Database) -> Vocabulary:
    """The vocabulary of the model that read the images last.

    Args:
        database: the review.

    Raises:
        InkpipeError: no model has read them.
    """
    content = database.value(
        "SELECT vocabulary FROM models JOIN images ON images.model = models.id ORDER BY models.id DESC LIMIT 1"
    )
    if content is None:
        raise InkpipeError(f"No model has read the images. Received: {database.path}. Run `inkpipe review DATA`.")
    return Vocabulary.from_json(json.loads(content))


def _person(row: Any) -> dict[str, Any]:
    seconds = row["seconds"] or 0
    return {
        "name": row["reviewer"],
        "images": row["images"],
        "per_hour": round(3600 * row["timed"] / seconds) if seconds else None,
    }
