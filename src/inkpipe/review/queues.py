"""The orders in which images come to people. To add one, write its two pieces of SQL and list it in `QUEUES`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Queue(NamedTuple):
    """An order of images that nobody has checked.

    Attributes:
        title: for people.
        purpose: likewise, a sentence.
        condition: SQL on a row of `images`: which of those that are open are in it.
        order: SQL: the order of them.
    """

    title: str
    purpose: str
    condition: str
    order: str


OPEN = "images.decision IS NULL AND images.confidence IS NOT NULL"  # recognized, and not checked
SKIPPED = "images.id IN (SELECT image FROM decisions WHERE kind = 'skipped' AND undone_at IS NULL)"
LAST_SKIP = "(SELECT max(decisions.id) FROM decisions WHERE image = images.id)"  # who skips again has it last
RANDOM = "random"
QUEUES: Mapping[str, Queue] = {
    "confidence": Queue("Least certain", "Texts that are most likely wrong come first.", "1", "confidence, images.id"),
    "labels": Queue(
        "Suspect labels",
        "Labels that the data came with, and that are most likely wrong, come first.",
        "suspicion IS NOT NULL",
        "suspicion DESC, images.id",
    ),
    RANDOM: Queue(
        "Random sample",
        "Images in random order. They measure how many texts are wrong, and are kept for testing.",
        "1",
        "random_place",
    ),
    "skipped": Queue("Skipped", "Images that someone has skipped, the earliest first.", SKIPPED, LAST_SKIP),
}
