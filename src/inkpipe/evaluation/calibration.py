"""How far the confidence of predictions can be trusted. Nothing here needs TensorFlow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from inkpipe.evaluation.predictions import ScoredPrediction

BINS = 10  # of equal width over the confidence 0 to 1, the number that Guo et al. (2017) plot
THRESHOLDS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)  # of confidence, from accepting everything to almost nothing


class CalibrationBin(NamedTuple):
    """Predictions of about the same confidence. It is a row of calibration.csv.

    Attributes:
        low: lowest confidence of the bin, inclusive.
        high: highest confidence of the bin, exclusive except in the last bin.
        n: number of predictions.
        confidence: their mean confidence.
        exact: fraction of them that are correct.
    """

    low: float
    high: float
    n: int
    confidence: float
    exact: float


class Coverage(NamedTuple):
    """The effect of accepting only predictions of at least some confidence.

    Attributes:
        threshold: the lowest accepted confidence.
        accepted: fraction of all predictions that are accepted.
        exact: fraction of the accepted ones that are correct; None if none is accepted.
    """

    threshold: float
    accepted: float
    exact: float | None


def calibration(predictions: Iterable[ScoredPrediction], bins: int = BINS) -> list[CalibrationBin]:
    """The reliability diagram (Guo et al., On Calibration of Modern Neural Networks, 2017) as a table.

    Args:
        predictions: in any order.
        bins: number of bins of equal width.

    Returns:
        The bins that are not empty, from low to high confidence; rates are rounded to 6 decimals.
    """
    groups: dict[int, list[ScoredPrediction]] = defaultdict(list)
    for each in predictions:
        groups[min(int(each.confidence * bins), bins - 1)].append(each)
    return [
        CalibrationBin(
            i / bins,
            (i + 1) / bins,
            len(group),
            round(sum(each.confidence for each in group) / len(group), 6),
            round(sum(each.correct for each in group) / len(group), 6),
        )
        for i, group in sorted(groups.items())
    ]


def calibration_error(table: Sequence[CalibrationBin]) -> float:
    """The expected calibration error (Guo et al., 2017).

    Args:
        table: the bins of `calibration`, at least one.

    Returns:
        The gap between mean confidence and fraction correct of a bin, 0 to 1, averaged over the predictions.
    """
    n = sum(each.n for each in table)
    return sum(each.n * abs(each.confidence - each.exact) for each in table) / n


def coverage(predictions: Sequence[ScoredPrediction], thresholds: Iterable[float] = THRESHOLDS) -> list[Coverage]:
    """Count the predictions that are accepted, and those of them that are correct, at thresholds of confidence.

    Args:
        predictions: at least one.
        thresholds: of confidence, 0 to 1.

    Returns:
        A row for each threshold, in their order; rates are rounded to 6 decimals.
    """
    rows = []
    for threshold in thresholds:
        accepted = [each for each in predictions if each.confidence >= threshold]
        correct = sum(each.correct for each in accepted)
        exact = round(correct / len(accepted), 6) if accepted else None
        rows.append(Coverage(threshold, round(len(accepted) / len(predictions), 6), exact))
    return rows
