"""What people do at the desk: claim images, decide, undo. Several people share one queue, and no image comes twice."""

from __future__ import annotations

import json
import sqlite3
import time
import unicodedata
from typing import Any, Literal, NamedTuple

from inkpipe.errors import InkpipeError
from inkpipe.review.database import Database, now
from inkpipe.review.queues import OPEN, QUEUES

CLAIM_SECONDS = 300  # that an image stays with whoever has it on the screen; the page renews it
MAX_TEXT = 1000  # characters; labels of lines have up to 200
SHOWN = (
    "images.id, name, label, extra, images.text, confidence, characters, alternatives, warnings, images.decision, "
    "models.version"
)
Kind = Literal["accepted", "corrected", "unreadable", "skipped"]


class TakenError(InkpipeError):
    """Another person has decided on the image meanwhile."""


class BadTextError(InkpipeError):
    """A text that cannot be a label."""


class Reviewer(NamedTuple):
    """Who works at a desk.

    Attributes:
        name: of the person.
        session: of one page; the same person may have several open.
    """

    name: str
    session: str


class Answer(NamedTuple):
    """What a person says of an image.

    Attributes:
        image: its id.
        text: what is written there; None if it is unreadable or skipped.
        unreadable: whether nobody can read it. An image with neither is skipped.
        queue: that the image came from.
        key: chosen by the page; an answer that comes again under its key counts once.
        seconds: that the image was on the screen.
    """

    image: int
    text: str | None
    unreadable: bool
    queue: str
    key: str
    seconds: float | None = None


def claim(database: Database, reviewer: Reviewer, queue: str, count: int) -> list[dict[str, Any]]:
    """Give a page its next images, and renew its claim on those that it has.

    Args:
        database: the review.
        reviewer: who asks.
        queue: of `QUEUES`.
        count: images that the page should have.

    Returns:
        The images that the page has now, as content for JSON, in the order of the queue. Nobody else gets them until
        the claim ends.
    """
    _, _, condition, order = QUEUES[queue]
    # An image that this person has skipped comes to others; to this one only in the queue of those
    passed = "" if queue == "skipped" else " AND images.id NOT IN (SELECT image FROM own_skips)"
    with database.change() as connection:
        moment = time.time()
        connection.execute(
            "DELETE FROM claims WHERE until < ? OR (session = ? AND queue != ?)", [moment, reviewer.session, queue]
        )
        (held,) = connection.execute("SELECT count(*) FROM claims WHERE session = ?", [reviewer.session]).fetchone()
        connection.execute(
            "WITH own_skips AS (SELECT image FROM decisions WHERE reviewer = ? AND kind = 'skipped' "  # noqa: S608
            "AND undone_at IS NULL) INSERT INTO claims SELECT id, ?, ?, 0 FROM images "
            f"WHERE {OPEN} AND {condition} AND id NOT IN (SELECT image FROM claims){passed} ORDER BY {order} LIMIT ?",
            [reviewer.name, reviewer.session, queue, max(0, count - held)],
        )
        connection.execute("UPDATE claims SET until = ? WHERE session = ?", [moment + CLAIM_SECONDS, reviewer.session])
        rows = connection.execute(
            f"SELECT {SHOWN} FROM images JOIN claims ON claims.image = images.id "  # noqa: S608 - SQL of `QUEUES`
            f"LEFT JOIN models ON models.id = images.model WHERE session = ? ORDER BY {order}",
            [reviewer.session],
        ).fetchall()
    return [_shown(row) for row in rows]


def release(database: Database, reviewer: Reviewer) -> None:
    """Give back the images that a page has.

    Args:
        database: the review.
        reviewer: who leaves.
    """
    with database.change() as connection:
        connection.execute("DELETE FROM claims WHERE session = ?", [reviewer.session])


def decide(database: Database, reviewer: Reviewer, answer: Answer, decided_at: str | None = None) -> Kind:
    """Write down what a person says of an image. It is on disk when this returns.

    Args:
        database: the review.
        reviewer: who says it.
        answer: what is said.
        decided_at: when, as `now` writes it; None for now.

    Returns:
        What was decided.

    Raises:
        LookupError: there is no such image.
        TakenError: another one has decided on it. That decision stays.
        BadTextError: the text is empty, too long or has control characters.
    """
    text = None if answer.text is None else checked_text(answer.text)
    with database.change() as connection:
        known = connection.execute("SELECT kind FROM decisions WHERE key = ?", [answer.key]).fetchone()
        if known:
            return known[0]
        image = connection.execute("SELECT text, model, decision FROM images WHERE id = ?", [answer.image]).fetchone()
        if image is None:
            raise LookupError(answer.image)
        if image["decision"] is not None:
            raise _taken(connection, image["decision"])
        kind: Kind = "unreadable" if answer.unreadable else "skipped"
        if text is not None:
            kind = "accepted" if text == image["text"] else "corrected"
        cursor = connection.execute(
            "INSERT INTO decisions (key, image, kind, text, prediction, model, queue, reviewer, session, decided_at, "
            "seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                answer.key,
                answer.image,
                kind,
                text,
                image["text"],
                image["model"],
                answer.queue,
                *reviewer,
                decided_at or now(),
                answer.seconds,
            ],
        )
        if kind != "skipped":
            connection.execute("UPDATE images SET decision = ? WHERE id = ?", [cursor.lastrowid, answer.image])
        connection.execute("DELETE FROM claims WHERE image = ?", [answer.image])
    return kind


def undo(database: Database, reviewer: Reviewer, queue: str) -> dict[str, Any] | None:
    """Take back the last decision of a page, and claim its image again.

    Args:
        database: the review.
        reviewer: who takes it back.
        queue: that the page is in.

    Returns:
        The image as content for JSON, with what was decided as `decided`; None if there is nothing to take back.
    """
    with database.change() as connection:
        last = connection.execute(
            "SELECT id, image, kind, text FROM decisions WHERE session = ? AND reviewer = ? AND undone_at IS NULL "
            "ORDER BY id DESC LIMIT 1",
            [reviewer.session, reviewer.name],
        ).fetchone()
        if last is None:
            return None
        connection.execute("UPDATE decisions SET undone_at = ? WHERE id = ?", [now(), last["id"]])
        connection.execute("UPDATE images SET decision = NULL WHERE decision = ?", [last["id"]])
        connection.execute(
            "INSERT INTO claims VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [last["image"], reviewer.session, queue, time.time() + CLAIM_SECONDS],
        )
        row = connection.execute(
            f"SELECT {SHOWN} FROM images LEFT JOIN models ON models.id = images.model WHERE images.id = ?",  # noqa: S608
            [last["image"]],
        ).fetchone()
    return _shown(row) | {"decided": {"kind": last["kind"], "text": last["text"]}}


def checked_text(text: str) -> str:
    """A text as a label: in the Unicode form NFC, without blanks around it.

    Args:
        text: as a person gave it.

    Raises:
        BadTextError: it cannot be a label.
    """
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        raise BadTextError("The text is empty. Received: ''. Type it, or say that the image is unreadable.")
    if len(text) > MAX_TEXT:
        raise BadTextError(f"The text is too long. Received: {len(text):,} characters. Type at most {MAX_TEXT:,}.")
    bad = next((each for each in text if unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp")), None)
    if bad:
        raise BadTextError(f"The text has a control character. Received: U+{ord(bad):04X}. Remove it.")
    return text


def _taken(connection: sqlite3.Connection, decision: int) -> TakenError:
    row = connection.execute("SELECT reviewer, kind, text FROM decisions WHERE id = ?", [decision]).fetchone()
    said = f"{row['text']!r}" if row["text"] is not None else row["kind"]
    return TakenError(f"{row['reviewer']} has checked this image meanwhile: {said}. Yours was not saved; go on.")


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    lists = {name: json.loads(row[name] or "[]") for name in ("characters", "alternatives", "warnings")}
    plain = {name: row[name] for name in ("id", "name", "label", "text", "confidence")}
    return {**plain, "model": row["version"], "extra": json.loads(row["extra"]), **lists}
