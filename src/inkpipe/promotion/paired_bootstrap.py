"""Two models on the same images: the improvement of the CER, and how sure it is, by the paired bootstrap.

Each resample draws images with replacement and takes both models' edits on them, so that what makes an image hard for
both cancels out (Bisani and Ney, "Bootstrap estimates for confidence intervals in ASR performance evaluation", ICASSP
2004).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkpipe.evaluation.bootstrap import resampled_sums

Counts = NDArray[np.int64]


class Improvement(NamedTuple):
    """By how much the candidate's CER is lower than the champion's; negative where it is higher.

    Attributes:
        value: the difference on these images.
        low: with the level of certainty, the improvement is at least this.
        high: with the level of certainty, it is at most this.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Resampling:
    """How the bootstrap is done.

    Attributes:
        level: the certainty of each bound, 0.5 to 1.
        resamples: sets of images drawn with replacement.
        seed: of those draws.
    """

    level: float
    resamples: int
    seed: int


@dataclass(frozen=True)
class PairedEdits:
    """The edits of two models on the same images.

    Attributes:
        lengths: int64 (n,), characters of each label.
        champion: int64 (n,), edits of the champion.
        candidate: int64 (n,), edits of the candidate.
    """

    lengths: Counts
    champion: Counts
    candidate: Counts

    def __len__(self) -> int:
        return len(self.lengths)

    def part(self, positions: Sequence[int]) -> PairedEdits:
        """The edits on some of the images."""
        rows = np.asarray(positions, np.int64)
        return PairedEdits(self.lengths[rows], self.champion[rows], self.candidate[rows])

    @cached_property
    def champion_cer(self) -> float:
        """Edits of the champion per character of the labels."""
        return float(self.champion.sum() / self.lengths.sum())

    @cached_property
    def candidate_cer(self) -> float:
        """Edits of the candidate per character of the labels."""
        return float(self.candidate.sum() / self.lengths.sum())

    def improvement(self, resampling: Resampling) -> Improvement:
        """Compare the two models.

        Args:
            resampling: level, number and seed of the resamples.

        Returns:
            The improvement with its two one-sided bounds, rounded to 6 decimals. It does not depend on the order of
            the images. Where both models have the same edits on each image, all three are 0.
        """
        counts = np.column_stack([self.champion - self.candidate, self.lengths]).astype(np.float64)
        gains, lengths = resampled_sums(counts, resampling.resamples, resampling.seed).T
        low, high = np.quantile(gains / lengths, (1 - resampling.level, resampling.level))
        values = (self.champion_cer - self.candidate_cer, float(low), float(high))
        return Improvement(*(round(value, 6) + 0.0 for value in values))  # + 0.0 turns -0.0 into 0.0


def images_needed(images: int, improvement: Improvement, margin: float) -> int | None:
    """Estimate how many images would tell an improvement from chance, if it stayed as large as it is.

    The distance between an improvement and its bound shrinks with the square root of the number of images.

    Args:
        images: the number compared on.
        improvement: on those images.
        margin: what the lower bound must exceed.

    Returns:
        More than the images compared on, rounded up to two digits; None if the improvement is not above the margin.
    """
    if improvement.value <= margin:
        return None
    needed = images * ((improvement.value - improvement.low) / (improvement.value - margin)) ** 2
    needed = max(needed, images + 1)  # these did not suffice, though the bound may be just the margin
    step = 10 ** (math.floor(math.log10(needed)) - 1) if needed >= 100 else 1
    return math.ceil(needed / step) * step
