"""What the accepted rows of each split are like, and how far two splits are apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtrc, kolmogorov

from inkpipe.corpus import SPLITS

LABELS_AT_ONCE = 8192  # as Python strings, several times larger than in the table


class SplitStatistics(NamedTuple):
    """Counts over the accepted rows of a split, by character, label length, image width and image height."""

    rows: int
    characters: Counter[str]
    lengths: Counter[int]
    widths: Counter[int]
    heights: Counter[int]


class Distance(NamedTuple):
    """How far two samples are apart, and how probable it is that chance alone sets them so far apart."""

    value: float
    probability: float


def split_statistics(table: pd.DataFrame, accepted: np.ndarray) -> dict[str, SplitStatistics]:
    """The statistics of each split of the fact table; `accepted` is a bool a row."""
    statistics = {}
    for split in SPLITS:
        rows = accepted & (table["split"] == split).to_numpy()
        characters: Counter[str] = Counter()
        for start in range(0, len(table), LABELS_AT_ONCE):
            part = slice(start, start + LABELS_AT_ONCE)
            characters.update("".join(table["label"].array[part][rows[part]]))
        columns = (_counter(table[name].to_numpy()[rows]) for name in ("length", "width", "height"))
        statistics[split] = SplitStatistics(int(rows.sum()), characters, *columns)
    return statistics


def jensen_shannon(one: Mapping[str, int], other: Mapping[str, int]) -> Distance:
    """The Jensen-Shannon divergence of two frequency tables, in bits (0 to 1), with the G-test's probability.

    Lin, "Divergence measures based on the Shannon entropy", 1991; the G statistic of the test of equal distributions is
    twice the number of observations times the divergence in nats, each table weighted by its size.
    """
    keys = sorted(one.keys() | other.keys())
    counts = np.array([[table.get(key, 0) for key in keys] for table in (one, other)], np.float64)
    sizes = counts.sum(axis=1)
    shares = counts / sizes[:, None]
    g = 2 * sizes.sum() * _divergence(shares, sizes / sizes.sum())
    return Distance(_divergence(shares, np.array([0.5, 0.5])) / np.log(2), float(chdtrc(max(len(keys) - 1, 1), g)))


def kolmogorov_smirnov(one: Mapping[int, int], other: Mapping[int, int]) -> Distance:
    """The largest difference of two cumulative distributions (0 to 1), with its asymptotic probability.

    Smirnov, "Table for estimating the goodness of fit of empirical distributions", 1948.
    """
    keys = sorted(one.keys() | other.keys())
    counts = np.array([[table.get(key, 0) for key in keys] for table in (one, other)], np.float64)
    sizes = counts.sum(axis=1)
    cumulative = counts.cumsum(axis=1) / sizes[:, None]
    value = float(np.abs(cumulative[0] - cumulative[1]).max())
    return Distance(value, float(kolmogorov(value * np.sqrt(sizes.prod() / sizes.sum()))))


def _counter(values: np.ndarray) -> Counter[int]:
    found, counts = np.unique(values.astype(np.int64), return_counts=True)
    return Counter(dict(zip(found.tolist(), counts.tolist(), strict=True)))


def _divergence(shares: np.ndarray, weights: np.ndarray) -> float:
    mixture = weights @ shares
    ratios = np.divide(shares, mixture, out=np.ones_like(shares), where=shares > 0)
    return float((weights[:, None] * shares * np.log(ratios)).sum())
