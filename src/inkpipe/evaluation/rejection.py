"""Accept confident predictions and leave the others to a person. Nothing here needs TensorFlow.

A threshold is chosen on images that are not scored, and its effect is measured on those that are: on the images that
it was chosen on, it looks better than it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from inkpipe.evaluation.predictions import ScoredPrediction

ROWS = 100  # of rejection.csv at most: one a percent of the images


class RejectionPoint(NamedTuple):
    """The predictions of at least some confidence. It is a row of rejection.csv.

    Attributes:
        threshold: the lowest accepted confidence.
        coverage: fraction of all predictions that are accepted.
        cer: character error rate of the accepted ones.
        exact: fraction of the accepted ones that are correct.
    """

    threshold: float
    coverage: float
    cer: float
    exact: float


class Acceptance(NamedTuple):
    """The effect of a threshold on images that it was not chosen on.

    Attributes:
        max_errors: fraction of the accepted texts that may be wrong, by which the threshold was chosen.
        chosen_on: number of images that the threshold was chosen on.
        threshold: the lowest accepted confidence; None if no threshold keeps to `max_errors`.
        coverage: fraction of the predictions that are accepted; 0 without a threshold.
        accepted: their number.
        errors: fraction of the accepted texts that are wrong; None if none is accepted.
        low: lower end of the 95 % interval of `errors`.
        high: upper end of the 95 % interval of `errors`.
        cer: character error rate of the accepted texts; None if none is accepted.
    """

    max_errors: float
    chosen_on: int
    threshold: float | None
    coverage: float
    accepted: int
    errors: float | None
    low: float | None
    high: float | None
    cer: float | None

    def metrics(self) -> dict[str, float]:
        """The numbers for metrics.json by name, such as `coverage_at_1_percent_errors`."""
        name = f"{100 * self.max_errors:g}_percent_errors".replace(".", "_")
        coverage = {f"coverage_at_{name}": self.coverage}
        return coverage if self.errors is None else coverage | {f"observed_at_{name}": self.errors}


def rejection_curve(predictions: Sequence[ScoredPrediction]) -> list[RejectionPoint]:
    """Compute CER and exact match of the most confident predictions, for every number of them.

    Predictions of equal confidence are accepted together: nothing tells them apart. So a model whose confidence is
    constant has a single point, at which everything is accepted.

    Args:
        predictions: in any order; no label is empty.

    Returns:
        A point for each confidence that occurs, the highest first; rates are rounded to 6 decimals.
    """
    points = []
    accepted = correct = edits = length = 0
    for threshold, group in _by_confidence(predictions):
        accepted += len(group)
        correct += sum(each.correct for each in group)
        edits += sum(each.edits for each in group)
        length += sum(len(each.label) for each in group)
        rates = (accepted / len(predictions), edits / length, correct / accepted)
        points.append(RejectionPoint(threshold, *(round(rate, 6) for rate in rates)))
    return points


def thin_out(curve: Sequence[RejectionPoint], rows: int = ROWS) -> list[RejectionPoint]:
    """Choose points of a curve at about equal steps of coverage.

    Args:
        curve: the result of `rejection_curve`.
        rows: number of steps.

    Returns:
        For each step the first point whose coverage reaches it, once; the last point is always there.
    """
    chosen: list[RejectionPoint] = []
    for point in curve:
        if math.floor(point.coverage * rows) > (math.floor(chosen[-1].coverage * rows) if chosen else 0):
            chosen.append(point)
    return chosen


def choose_threshold(predictions: Sequence[ScoredPrediction], max_errors: float) -> float | None:
    """Choose the threshold of confidence that accepts most, of those that keep to a fraction of errors.

    One more error than was seen is assumed, because the best of many thresholds was lucky. This does not make the
    errors on other images keep to the aim: few images, or wrong ones among the most confident, still mislead
    (benchmarks/README.md). So `accept` measures them.

    Args:
        predictions: of images that are not scored, in any order.
        max_errors: fraction of the accepted texts that may be wrong, 0 to 1.

    Returns:
        The lowest accepted confidence; None if no threshold keeps to `max_errors`. At 1 % this takes at least 99
        correct predictions.
    """
    best = None
    accepted = wrong = 0
    for threshold, group in _by_confidence(predictions):
        accepted += len(group)
        wrong += sum(not each.correct for each in group)
        if wrong + 1 <= max_errors * (accepted + 1):
            best = threshold
    return best


def accept(
    predictions: Sequence[ScoredPrediction], reference: Sequence[ScoredPrediction], max_errors: float
) -> Acceptance:
    """Choose a threshold on some images, and measure its effect on others.

    Args:
        predictions: to measure on, at least one.
        reference: to choose on.
        max_errors: as in `choose_threshold`.

    Returns:
        The effect, rates rounded to 6 decimals, with the Wilson score interval of the errors (Wilson, Probable
        Inference, the Law of Succession, and Statistical Inference, 1927): it is honest where errors are few or none.
    """
    threshold = choose_threshold(reference, max_errors)
    accepted = [] if threshold is None else [each for each in predictions if each.confidence >= threshold]
    if not accepted:
        return Acceptance(max_errors, len(reference), threshold, 0.0, 0, None, None, None, None)
    from scipy.stats import binomtest  # late: nearly a second, for commands that only write rates

    wrong = sum(not each.correct for each in accepted)
    cer = sum(each.edits for each in accepted) / sum(len(each.label) for each in accepted)
    low, high = binomtest(wrong, len(accepted)).proportion_ci(0.95, method="wilson")
    errors, coverage = wrong / len(accepted), len(accepted) / len(predictions)
    coverage, errors, low, high, cer = (round(float(rate), 6) for rate in (coverage, errors, low, high, cer))
    return Acceptance(max_errors, len(reference), threshold, coverage, len(accepted), errors, low, high, cer)


def _by_confidence(
    predictions: Sequence[ScoredPrediction],
) -> Iterator[tuple[float, list[ScoredPrediction]]]:
    """Predictions of equal confidence, the highest first."""
    ranked = sorted(predictions, key=lambda each: -each.confidence)
    for confidence, group in groupby(ranked, lambda each: each.confidence):
        yield confidence, list(group)
