"""Distances between splits, against known values and scipy."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chi2_contingency, ks_2samp

from inkpipe.rules.distances import jensen_shannon, kolmogorov_smirnov


def test_jensen_shannon_of_the_same_of_other_and_of_half_other_letters():
    assert jensen_shannon(Counter("AABB"), Counter("ABAB")) == (0.0, 1.0)
    assert jensen_shannon(Counter("AB"), Counter("CD")).value == pytest.approx(1)
    assert jensen_shannon(Counter("AA"), Counter("AB")).value == pytest.approx(0.311278)


def test_the_probability_is_that_of_the_g_test():
    one, other = {"A": 40, "B": 60, "C": 11}, {"A": 55, "B": 30, "C": 14}
    expected = chi2_contingency([[*one.values()], [*other.values()]], lambda_="log-likelihood")
    assert jensen_shannon(one, other).probability == pytest.approx(expected.pvalue)


def test_kolmogorov_smirnov_agrees_with_scipy():
    chance = np.random.default_rng(1)
    one, other = chance.integers(1, 20, 800), chance.integers(3, 22, 500)
    expected = ks_2samp(one, other, method="asymp")
    distance = kolmogorov_smirnov(Counter(one.tolist()), Counter(other.tolist()))
    assert distance.value == pytest.approx(expected.statistic)
    assert distance.probability == pytest.approx(expected.pvalue, rel=0.2)  # scipy corrects for the sample size
