"""A power law through the error rates of a learning curve, and its extrapolation. Nothing here needs TensorFlow.

Error rates of many tasks fall as a power of the number of training samples (Hestness et al., Deep Learning Scaling is
Predictable, Empirically, 2017), until errors that no data can cure, such as wrong labels, remain: the law is too
hopeful there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkpipe.errors import InkpipeError
from inkpipe.evaluation.bootstrap import resampled_sums
from inkpipe.evaluation.metrics import INTERVAL, Estimate


class CurvePoint(NamedTuple):
    """A model of the learning curve on the validation images.

    Attributes:
        n: number of training images, of the real ones in a mixture.
        edits: number of edits of each validation image, in the same order for all points.
        lengths: number of characters of each validation label.
    """

    n: int
    edits: Sequence[int]
    lengths: Sequence[int]


class PowerLaw(NamedTuple):
    """The law cer = factor * n ** -exponent, extrapolated to more images.

    Attributes:
        factor: the error rate that the law gives for one image, above 0.
        exponent: by which errors fall; below 0 if they rise. With its 95 % interval.
        n: number of training images of the largest point.
        extrapolation_factor: how many times as many images the law is extrapolated to.
        now: the error rate of the law at `n`, with its 95 % interval.
        extrapolated: the error rate of the law at `extrapolation_factor * n`, with its 95 % interval.
        reduction: fraction of the errors at `n` that are gone then, with its 95 % interval; below 0 for a rise.
    """

    factor: float
    exponent: Estimate
    n: int
    extrapolation_factor: float
    now: Estimate
    extrapolated: Estimate
    reduction: Estimate

    def cer(self, n: float) -> float:
        """The error rate that the law gives for a number of training images."""
        return float(self.factor * n**-self.exponent.value)


def fit_power_law(
    points: Sequence[CurvePoint], resamples: int, seed: int, extrapolation_factor: float = 2.0
) -> PowerLaw:
    """Fit a power law, by least squares of the logarithms.

    The intervals hold the chance in the choice of the validation images (they are drawn anew, the same ones for all
    points), and that of single trainings: the spread of the points about the law, where there are three or more.

    Args:
        points: models of at least two numbers of training images, measured on the same validation images.
        resamples: sets of validation images behind the intervals, at least 1.
        seed: seed of their choice.
        extrapolation_factor: how many times as many images the law is extrapolated to.

    Raises:
        InkpipeError: all points have the same number of images.
    """
    sizes = np.array([point.n for point in points], float)
    if len(set(sizes.tolist())) < 2:
        raise InkpipeError(
            f"A power law needs points of at least two sizes. Received: {len(points)} points of {sizes[:1]} images."
        )
    counts = np.array([*(point.edits for point in points), points[0].lengths], float).T
    rates = _log_rates(counts.sum(axis=0))
    best = _fit(sizes, rates[np.newaxis])
    residuals = rates - (best[:, 0] + best[:, 1] * np.log(sizes))
    freedom = len(points) - 2
    noise = float(np.sqrt((residuals**2).sum() / freedom)) if freedom else 0.0
    drawn = _log_rates(resampled_sums(counts, resamples, seed))
    lines = _fit(sizes, drawn + np.random.default_rng([seed, 1]).normal(0, noise, drawn.shape))
    n = float(sizes.max())
    return PowerLaw(
        float(np.exp(best[0, 0])),
        _estimate(-best[:, 1], -lines[:, 1]),
        int(n),
        extrapolation_factor,
        _estimate(_rate(best, n), _rate(lines, n)),
        _estimate(_rate(best, extrapolation_factor * n), _rate(lines, extrapolation_factor * n)),
        _estimate(1 - extrapolation_factor ** best[:, 1], 1 - extrapolation_factor ** lines[:, 1]),
    )


def describe_extrapolation(law: PowerLaw) -> str:
    """Write in a sentence what more labels would buy.

    Args:
        law: the fitted law.
    """
    more = f"{law.extrapolation_factor:g} x the labels ({law.extrapolation_factor * law.n:,.0f})"
    rates = f"CER {_interval(law.extrapolated)} instead of {_interval(law.now)}"
    if law.reduction.low > 0:
        return f"{more} would buy {_interval(law.reduction)} fewer errors: {rates}."
    return f"These points do not show that {more} would buy anything: {rates}; {_interval(law.reduction)} fewer errors."


def _interval(estimate: Estimate) -> str:
    return f"{estimate.value:.1%} ({estimate.low:.1%} to {estimate.high:.1%})"


def _log_rates(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums (..., points + 1) of the edits of each point and of the lengths, as logarithms of rates (..., points).

    No error at all counts half an edit, which has a logarithm.
    """
    return np.log(np.maximum(sums[..., :-1], 0.5) / sums[..., -1:])


def _fit(sizes: NDArray[np.float64], log_rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intercept and slope (n, 2) of the lines through (log size, log rate), of log rates (n, points)."""
    return np.polyfit(np.log(sizes), log_rates.T, 1)[::-1].T


def _rate(lines: NDArray[np.float64], n: float) -> NDArray[np.float64]:
    return np.exp(lines[:, 0] + lines[:, 1] * np.log(n))


def _estimate(best: NDArray[np.float64], draws: NDArray[np.float64]) -> Estimate:
    low, high = np.percentile(draws, INTERVAL)
    return Estimate(float(best[0]), float(low), float(high))
