"""How far confidences can be trusted, of texts and of characters. Nothing here needs TensorFlow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from rapidfuzz.distance import Levenshtein

from inkpipe.evaluation.predictions import ScoredPrediction

BINS = 10  # of equal width over the confidence 0 to 1, the number that Guo et al. (2017) plot


class Judged(Protocol):
    """A text or a character of which is known whether it is correct, such as a `ScoredPrediction`."""

    @property
    def confidence(self) -> float: ...  # noqa: D102
    @property
    def correct(self) -> bool: ...  # noqa: D102


class JudgedConfidence(NamedTuple):
    """A confidence, and whether what it was given for is correct."""

    confidence: float
    correct: bool


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


def calibration(judged: Iterable[Judged], bins: int = BINS) -> list[CalibrationBin]:
    """The reliability diagram (Guo et al., On Calibration of Modern Neural Networks, 2017) as a table.

    Args:
        judged: confidences of texts or of characters, in any order.
        bins: number of bins of equal width.

    Returns:
        The bins that are not empty, from low to high confidence; rates are rounded to 6 decimals.
    """
    groups: dict[int, list[Judged]] = defaultdict(list)
    for each in judged:
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


def calibration_error(table: Sequence[CalibrationBin]) -> float | None:
    """The expected calibration error (Guo et al., 2017).

    Args:
        table: the bins of `calibration`.

    Returns:
        The gap between mean confidence and fraction correct of a bin, 0 to 1, averaged over the predictions; None
        without a prediction.
    """
    n = sum(each.n for each in table)
    return sum(each.n * abs(each.confidence - each.exact) for each in table) / n if n else None


def uncalibrated(predictions: Iterable[ScoredPrediction]) -> list[JudgedConfidence]:
    """The confidences of texts before the decoder's calibration.

    Args:
        predictions: in any order.

    Returns:
        One for each prediction that has such a confidence.
    """
    return [JudgedConfidence(each.uncalibrated, each.correct) for each in predictions if each.uncalibrated is not None]


def characters(predictions: Iterable[ScoredPrediction]) -> list[JudgedConfidence]:
    """The confidences of all predicted characters.

    A character is correct if the alignment of the prediction with its label by the fewest edits matches it. Deleted
    characters are not predicted, so no confidence answers for them.

    Args:
        predictions: in any order. Those without confidences of their characters are passed over.
    """
    return [judged for each in predictions if each.character_confidences for judged in _characters(each)]


def separation(judged: Sequence[Judged]) -> float | None:
    """How well confidence tells correct predictions from wrong ones: the area under the ROC curve.

    Args:
        judged: confidences of texts.

    Returns:
        The probability that a correct prediction has more confidence than a wrong one, 0 to 1, where equal confidences
        count one half. So constant confidence gives 0.5, as chance does. None if all are correct, or none is.
    """
    correct = sum(each.correct for each in judged)
    wrong = len(judged) - correct
    if not correct or not wrong:
        return None
    from scipy.stats import rankdata  # late: nearly a second, for commands that only write rates

    ranks = rankdata([each.confidence for each in judged])
    of_correct = sum(rank for rank, each in zip(ranks.tolist(), judged, strict=True) if each.correct)
    wins = of_correct - correct * (correct + 1) / 2  # the Mann-Whitney U statistic
    return wins / (correct * wrong)


def skill(judged: Sequence[Judged]) -> float | None:
    """How much more confidences say than one and the same number for all: the Brier skill score (Murphy, 1973).

    Calibration alone praises a constant that equals the fraction correct; this score does not.

    Args:
        judged: confidences of texts or of characters.

    Returns:
        1 if each is 0 or 1 and right, 0 for the fraction correct as confidence of all, less if such a constant would be
        better. None if all are correct, or none is.
    """
    rate = sum(each.correct for each in judged) / len(judged) if judged else 0.0
    if not 0 < rate < 1:
        return None
    brier = sum((each.confidence - each.correct) ** 2 for each in judged) / len(judged)
    return 1 - brier / (rate * (1 - rate))


def _characters(prediction: ScoredPrediction) -> Iterator[JudgedConfidence]:
    matched = {
        position
        for op in Levenshtein.opcodes(prediction.label, prediction.prediction)
        if op.tag == "equal"
        for position in range(op.dest_start, op.dest_end)
    }
    for position, confidence in enumerate(prediction.character_confidences):
        yield JudgedConfidence(confidence, position in matched)
