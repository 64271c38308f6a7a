"""How well reads agree with labels: character and word error rates, exact match, and how sure one can be of them.

Nothing here needs TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from inkpipe.errors import InkpipeError

INTERVAL = (2.5, 97.5)  # percentiles between which 95 % of the resamples lie
EMPTY_READ_PENALTY = 50.0  # what the paper counts for an image in which nothing was read


@dataclass(frozen=True)
class Scores:
    """Rates over `n` images, each with its 95 % bootstrap interval.

    Attributes:
        n: images.
        cer: edits of characters / characters of the labels, over the whole set (micro average).
        wer: the same on words, split at spaces.
        exact: share of images that are read without an edit.
    """

    n: int
    cer: float
    cer_low: float
    cer_high: float
    wer: float
    wer_low: float
    wer_high: float
    exact: float
    exact_low: float
    exact_high: float

    def to_json(self) -> dict[str, float]:
        """The fields as a flat mapping, rates rounded to 6 decimals."""
        return {name: round(value, 6) for name, value in asdict(self).items()}


def edits(label: str, read: str) -> int:
    """Levenshtein distance: the fewest characters to insert, delete or substitute to get from `label` to `read`."""
    return Levenshtein.distance(label, read)


def word_edits(label: str, read: str) -> int:
    """Levenshtein distance in words instead of characters; words are parted by white space."""
    return Levenshtein.distance(label.split(), read.split())


def score(labels: Sequence[str], reads: Sequence[str], resamples: int, seed: int) -> Scores:
    """Score reads against labels, with 95 % percentile bootstrap intervals (Efron, 1979) over the images.

    Args:
        labels: what stands in each image, normalised.
        reads: what was read in each, in the same order; may be empty strings.
        resamples: sets of images drawn with replacement behind each interval, at least 1.
        seed: the same seed gives the same intervals.

    Raises:
        InkpipeError: no images, different numbers of labels and reads, or a label without a word.
    """
    _check(labels, reads)
    if resamples < 1:
        raise InkpipeError(f"Intervals need at least one resample. Received: {resamples}. Raise `evaluate.bootstrap`.")
    pairs = list(zip(labels, reads, strict=True))
    counts = np.array([_counts(label, read) for label, read in pairs], dtype=np.float64)
    rates = _rates(counts.sum(axis=0))
    low, high = np.percentile(_rates(_resampled_sums(counts, resamples, seed)), INTERVAL, axis=0)
    cer, wer, exact = zip(rates.tolist(), low.tolist(), high.tolist(), strict=True)
    return Scores(len(pairs), *cer, *wer, *exact)


def paper_cer(labels: Sequence[str], reads: Sequence[str]) -> float:
    """The metric of the paper that the `paper` preset reproduces, comparable with its figures only.

    The mean over images of edits / label length, where an image with an empty read counts 50.0.

    Raises:
        InkpipeError: as `score`.
    """
    _check(labels, reads)
    pairs = zip(labels, reads, strict=True)
    return float(np.mean([edits(label, read) / len(label) if read else EMPTY_READ_PENALTY for label, read in pairs]))


def _check(labels: Sequence[str], reads: Sequence[str]) -> None:
    if len(labels) != len(reads):
        raise InkpipeError(
            f"Every label needs one read. Received: {len(labels)} labels and {len(reads)} reads. Pass them in pairs."
        )
    if not labels:
        raise InkpipeError("There is nothing to score. Received: 0 labels. Give at least one labelled image.")
    empty = [i for i, label in enumerate(labels) if not label.strip()]
    if empty:
        raise InkpipeError(
            f"An error rate needs labels that hold at least one word. Received: {len(empty)} empty ones, "
            f"the first at position {empty[0]}. Set such images aside before scoring."
        )


def _counts(label: str, read: str) -> tuple[int, ...]:
    return edits(label, read), len(label), word_edits(label, read), len(label.split()), int(label == read), 1


def _rates(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 6) sums of (edits, characters, word edits, words, exact, images) to (..., 3) cer, wer, exact."""
    return sums[..., 0::2] / sums[..., 1::2]


def _resampled_sums(counts: NDArray[np.float64], resamples: int, seed: int) -> NDArray[np.float64]:
    """(resamples, 6): the column sums of as many sets of n rows drawn with replacement from `counts` (n, 6).

    Equal rows are drawn together, by one multinomial: there are few different ones, so that hundreds of thousands
    of images cost no more memory than hundreds, and the images' order has no influence.
    """
    rows, repeats = np.unique(counts, axis=0, return_counts=True)
    generator = np.random.default_rng(seed)
    shares = repeats / len(counts)
    return np.array([generator.multinomial(len(counts), shares) @ rows for _ in range(resamples)])
