"""Distances between two distributions, with the probability that chance alone sets them so far apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy.special import chdtrc, kolmogorov


class Distance(NamedTuple):
    """The distance between two samples.

    Attributes:
        value: the distance, 0 to 1.
        probability: the probability of at least this distance between two samples of one distribution, 0 to 1.
    """

    value: float
    probability: float


def jensen_shannon(one: Mapping[Any, int], other: Mapping[Any, int]) -> Distance:
    """Compute the Jensen-Shannon divergence of two frequency tables, with the probability of the G-test.

    Lin, "Divergence measures based on the Shannon entropy", 1991. The G statistic of the test of equal distributions is
    twice the number of observations times the divergence in nats, each table weighted by its size.

    Args:
        one: counts by value, at least one above 0.
        other: counts by value, at least one above 0.

    Returns:
        The divergence in bits.
    """
    counts = _counts(one, other)
    sizes = counts.sum(axis=1)
    fractions = counts / sizes[:, None]
    g = 2 * sizes.sum() * _divergence(fractions, sizes / sizes.sum())
    probability = float(chdtrc(max(counts.shape[1] - 1, 1), g))
    return Distance(_divergence(fractions, np.array([0.5, 0.5])) / np.log(2), probability)


def kolmogorov_smirnov(one: Mapping[Any, int], other: Mapping[Any, int]) -> Distance:
    """Compute the largest difference of two cumulative distributions, with its asymptotic probability.

    Smirnov, "Table for estimating the goodness of fit of empirical distributions", 1948.

    Args:
        one: counts by value, at least one above 0.
        other: counts by value, at least one above 0.

    Returns:
        The Kolmogorov-Smirnov distance.
    """
    counts = _counts(one, other)
    sizes = counts.sum(axis=1)
    cumulative = counts.cumsum(axis=1) / sizes[:, None]
    value = float(np.abs(cumulative[0] - cumulative[1]).max())
    return Distance(value, float(kolmogorov(value * np.sqrt(sizes.prod() / sizes.sum()))))


def _counts(one: Mapping[Any, int], other: Mapping[Any, int]) -> np.ndarray:
    """Two tables over their common values in rising order, float64 (2, values)."""
    values = sorted(one.keys() | other.keys())
    return np.array([[table.get(value, 0) for value in values] for table in (one, other)], np.float64)


def _divergence(fractions: np.ndarray, weights: np.ndarray) -> float:
    mixture = weights @ fractions
    ratios = np.divide(fractions, mixture, out=np.ones_like(fractions), where=fractions > 0)
    return float((weights[:, None] * fractions * np.log(ratios)).sum())
