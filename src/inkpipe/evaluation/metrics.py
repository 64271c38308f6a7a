"""The metrics of metrics.json, of the report and of MLflow, declared once in `METRICS`.

To add a metric, add one entry to `METRICS`. Nothing here needs TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkpipe.errors import InkpipeError
from inkpipe.evaluation.bootstrap import resampled_sums
from inkpipe.evaluation.calibration import calibration, calibration_error, characters, separation, skill, uncalibrated
from inkpipe.evaluation.predictions import ScoredPrediction, edits, word_edits
from inkpipe.model.prediction import EMPTY_PENALTY

INTERVAL = (2.5, 97.5)  # percentiles between which 95 % of the resamples lie


@dataclass(frozen=True)
class Metric:
    """A number that sums up predictions.

    Attributes:
        name: its key in metrics.json, and after `test/` or `test_details/` in MLflow.
        title: its name in the report.
        meaning: one line for the report.
    """

    name: str
    title: str
    meaning: str


@dataclass(frozen=True)
class Rate(Metric):
    """A sum over images divided by another sum over the same images. It gets a 95 % bootstrap interval.

    Attributes:
        counts: function of label and predicted text of one image that gives its part of both sums.
    """

    counts: Callable[[str, str], tuple[float, float]]


@dataclass(frozen=True)
class Statistic(Metric):
    """Any other function of the predictions. It has no interval.

    Attributes:
        compute: the function of all scored predictions; None where it does not apply, which leaves the metric out.
        percent: whether the report writes it as a percentage; else with four decimals.
    """

    compute: Callable[[Sequence[ScoredPrediction]], float | None]
    percent: bool = True


def cer_empty_penalty(labels: Sequence[str], texts: Sequence[str]) -> float:
    """The metric of the paper (cited in `inkpipe.model.networks`); only its figures are comparable.

    Args:
        labels: normalized, each with at least one word.
        texts: the predicted text of each; may be empty.

    Returns:
        The mean over images of edits / label length, where an empty prediction counts `EMPTY_PENALTY`.

    Raises:
        InkpipeError: as `score`.
    """
    check_scorable(labels, texts)
    pairs = zip(labels, texts, strict=True)
    return float(np.mean([edits(label, text) / len(label) if text else EMPTY_PENALTY for label, text in pairs]))


def mean_confidence(predictions: Sequence[ScoredPrediction]) -> float:
    """The mean confidence of at least one prediction, 0 to 1."""
    return sum(each.confidence for each in predictions) / len(predictions)


# The order is that of the report. The intervals of all rates come from the same resamples of the images, so another
# rate moves the others' intervals a little, within the noise of resampling.
METRICS: tuple[Metric, ...] = (
    Rate(
        "cer",
        "Character error rate",
        "insertions, deletions and substitutions, per character of the labels",
        lambda label, text: (edits(label, text), len(label)),
    ),
    Rate(
        "wer",
        "Word error rate",
        "the same in whole words, per word of the labels",
        lambda label, text: (word_edits(label, text), len(label.split())),
    ),
    Rate(
        "exact",
        "Exact match",
        "fraction of the images whose whole text is correct",
        lambda label, text: (int(label == text), 1),
    ),
    Statistic(
        "mean_confidence",
        "Mean confidence",
        "the model's probability of its own text, averaged over the images",
        mean_confidence,
    ),
    Statistic(
        "calibration_error",
        "Calibration error",
        "gap between confidence and fraction correct, averaged over the images in ten bins of confidence",
        lambda predictions: calibration_error(calibration(predictions)),
    ),
    Statistic(
        "calibration_error_uncalibrated",
        "Calibration error before calibration",
        "the same without the temperature that the validation images set",
        lambda predictions: calibration_error(calibration(uncalibrated(predictions))),
    ),
    Statistic(
        "calibration_error_characters",
        "Calibration error of characters",
        "gap between the confidence of a character and the fraction correct, averaged over the predicted characters",
        lambda predictions: calibration_error(calibration(characters(predictions))),
    ),
    Statistic(
        "confidence_separation",
        "Separation by confidence",
        "probability that a correct text has more confidence than a wrong one; 50 % is chance",
        separation,
    ),
    Statistic(
        "confidence_separation_characters",
        "Separation of characters by confidence",
        "probability that a correct character has more confidence than a wrong one; 50 % is chance",
        lambda predictions: separation(characters(predictions)),
    ),
    Statistic(
        "confidence_skill",
        "Skill of the confidence of texts",
        "Brier skill score: 100 % if confidence knows all, 0 % or less if one number for all texts would say as much",
        skill,
    ),
    Statistic(
        "confidence_skill_characters",
        "Skill of the confidence of characters",
        "Brier skill score of single characters; 0 % or less if one number for all would say as much",
        lambda predictions: skill(characters(predictions)),
    ),
    Statistic(
        "cer_empty_penalty",
        "Character error rate with empty penalty",
        "as Hernández et al. (2025) compute it: edits / label length, averaged over the images, where an empty text "
        f"counts {EMPTY_PENALTY:g}",
        lambda predictions: cer_empty_penalty(*labels_and_texts(predictions)),
        percent=False,
    ),
)
RATES = tuple(metric for metric in METRICS if isinstance(metric, Rate))
STATISTICS = tuple(metric for metric in METRICS if isinstance(metric, Statistic))


class Estimate(NamedTuple):
    """A rate with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Scores:
    """All rates over the same images.

    Attributes:
        n: number of images.
        rates: each rate by its name in `METRICS`.
    """

    n: int
    rates: Mapping[str, Estimate]

    def __getitem__(self, name: str) -> Estimate:
        return self.rates[name]

    def to_json(self) -> dict[str, float]:
        """`n` and, for each rate, `name`, `name_low` and `name_high`, rounded to 6 decimals."""
        content: dict[str, float] = {"n": self.n}
        for name, (value, low, high) in self.rates.items():
            content |= {name: round(value, 6), f"{name}_low": round(low, 6), f"{name}_high": round(high, 6)}
        return content


def score(labels: Sequence[str], texts: Sequence[str], resamples: int, seed: int) -> Scores:
    """Compare texts with labels.

    Args:
        labels: normalized, each with at least one word.
        texts: the predicted text of each, in the same order; may be empty.
        resamples: sets of images drawn with replacement for the intervals, at least 1.
        seed: of those draws; the same seed gives the same intervals.

    Returns:
        Every rate with its 95 % percentile bootstrap interval (Efron, 1979) over the images.

    Raises:
        InkpipeError: there is no image, the numbers of labels and texts differ, or a label holds no word.
    """
    check_scorable(labels, texts)
    if resamples < 1:
        raise InkpipeError(f"Intervals need at least one resample. Received: {resamples}. Raise `evaluate.bootstrap`.")
    rows = [[n for rate in RATES for n in rate.counts(*pair)] for pair in zip(labels, texts, strict=True)]
    counts = np.array(rows, dtype=np.float64)
    values = _divide(counts.sum(axis=0))
    lows, highs = np.percentile(_divide(resampled_sums(counts, resamples, seed)), INTERVAL, axis=0)
    estimates = map(Estimate, values.tolist(), lows.tolist(), highs.tolist())
    return Scores(len(rows), {rate.name: estimate for rate, estimate in zip(RATES, estimates, strict=True)})


def measure(predictions: Sequence[ScoredPrediction], resamples: int, seed: int) -> dict[str, float]:
    """Compute every metric of `METRICS`.

    Args:
        predictions: at least one; every label holds at least one word.
        resamples: as in `score`.
        seed: as in `score`.

    Returns:
        The content of metrics.json: `n`, each metric that applies by its name, and `_low` and `_high` of each rate,
        rounded to 6 decimals.

    Raises:
        InkpipeError: as `score`.
    """
    rates = score(*labels_and_texts(predictions), resamples, seed).to_json()
    values = {each.name: each.compute(predictions) for each in STATISTICS}
    return rates | {name: round(value, 6) for name, value in values.items() if value is not None}


def interval(metrics: Mapping[str, float], rate: str) -> str:
    """Write a rate and its 95 % interval as percentages.

    Args:
        metrics: fractions under the name of the rate, and the name with `_low` and `_high`, as in metrics.json.
        rate: its name, such as `cer`.

    Returns:
        Such as `4.58% (3.81% to 5.39%)`.
    """
    return f"{metrics[rate]:.2%} ({metrics[f'{rate}_low']:.2%} to {metrics[f'{rate}_high']:.2%})"


def check_scorable(labels: Sequence[str], texts: Sequence[str]) -> None:
    """Refuse labels and texts that have no error rate.

    Args:
        labels: normalized labels.
        texts: the predicted text of each.

    Raises:
        InkpipeError: there is no label, the numbers of labels and texts differ, or a label holds no word.
    """
    if len(labels) != len(texts):
        raise InkpipeError(
            f"Every label needs one predicted text. Received: {len(labels)} labels and {len(texts)} texts. "
            "Pass them in pairs."
        )
    if not labels:
        raise InkpipeError("There is nothing to score. Received: 0 labels. Give at least one labeled image.")
    empty = [i for i, label in enumerate(labels) if not label.strip()]
    if empty:
        raise InkpipeError(
            f"An error rate needs labels that hold at least one word. Received: {len(empty)} empty ones, "
            f"the first at position {empty[0]}. Remove such images before scoring."
        )


def labels_and_texts(predictions: Sequence[ScoredPrediction]) -> tuple[list[str], list[str]]:
    """The labels and the predicted texts, as `score` and `check_scorable` take them."""
    return [each.label for each in predictions], [each.prediction for each in predictions]


def _divide(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums (..., 2 * rates), in pairs of numerator and denominator, as quotients (..., rates)."""
    return sums[..., 0::2] / sums[..., 1::2]
