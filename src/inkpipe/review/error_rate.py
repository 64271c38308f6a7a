"""How many of the texts that nobody has looked at are wrong, by a random sample of which people checked each."""

from __future__ import annotations

from typing import NamedTuple

from scipy.special import betaincinv

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.review.database import Database
from inkpipe.review.queues import OPEN, RANDOM

LEVEL = 0.95  # of the interval


class ErrorRate(NamedTuple):
    """The estimate for texts from a confidence on.

    Attributes:
        threshold: that confidence, 0 to 1.
        unchecked: texts from it on that nobody has looked at.
        sample: texts from it on in the random sample that were checked.
        wrong: of the sample. An image that is unreadable counts as wrong.
        missing: of the sample, but not checked: skipped, or on someone's screen.
        rate: the fraction of wrong texts, 0 to 1; None without a sample.
        low: the lower end of its 95 % interval.
        high: the upper end.
    """

    threshold: float
    unchecked: int
    sample: int
    wrong: int
    missing: int
    rate: float | None
    low: float
    high: float


def estimate_error_rate(database: Database, threshold: float, vocabulary: Vocabulary) -> ErrorRate:
    """Estimate the error rate of the texts from a confidence on.

    The sample are the images in random order up to the last one that was decided in the queue of that order, whichever
    queue each of them was decided in. Their texts are those of the present model, compared as `inkpipe score` does.

    Args:
        database: the review.
        threshold: confidence, 0 to 1.
        vocabulary: by which texts are normalized.
    """
    last = database.value(
        "SELECT max(random_place) FROM images JOIN decisions ON decisions.id = images.decision WHERE queue = ?",
        [RANDOM],
    )
    rows = database.rows(
        "SELECT images.text AS prediction, decisions.text, kind FROM images "
        "LEFT JOIN decisions ON decisions.id = images.decision "
        "WHERE random_place <= ? AND confidence >= ? AND error IS NULL",
        [-1 if last is None else last, threshold],
    )
    checked = [row for row in rows if row["kind"] is not None]
    normalize = vocabulary.normalize
    wrong = sum(row["text"] is None or normalize(row["text"]) != normalize(row["prediction"]) for row in checked)
    unchecked = database.value(f"SELECT count(*) FROM images WHERE {OPEN} AND confidence >= ?", [threshold])  # noqa: S608
    low, high = interval(wrong, len(checked))
    rate = wrong / len(checked) if checked else None
    return ErrorRate(threshold, unchecked, len(checked), wrong, len(rows) - len(checked), rate, low, high)


def interval(wrong: int, sample: int) -> tuple[float, float]:
    """The exact interval of a fraction (C. Clopper and E. Pearson, Biometrika 26, 1934).

    Args:
        wrong: cases in the sample.
        sample: its size; 0 gives 0 to 1.

    Returns:
        The ends of the interval of `LEVEL`, 0 to 1.
    """
    tail = (1 - LEVEL) / 2
    low = float(betaincinv(wrong, sample - wrong + 1, tail)) if wrong else 0.0
    high = float(betaincinv(wrong + 1, sample - wrong, 1 - tail)) if wrong < sample else 1.0
    return low, high
