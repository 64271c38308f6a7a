"""Drift between splits, on statistics made by hand."""

from collections import Counter

import pytest

from inkpipe.rules.split_drift import RULES, LengthDrift
from inkpipe.rules.splits import SplitStatistics


def statistics(rows, characters="ABCDEFGHIJ", length=6, width=300):
    counts = (Counter(dict.fromkeys(characters, rows)), Counter({length: rows}), Counter({width: rows}))
    return SplitStatistics(rows, 0, rows, *counts, Counter({36: rows}))


@pytest.fixture
def check(make_rule, context):
    """The results of all three rules by name, on the three splits."""

    def results(train, validation, test):
        splits = {"train": train, "validation": validation, "test": test}
        return {rule.name: make_rule(rule).check(splits, context) for rule in RULES}

    return results


def test_like_splits_pass_every_rule(check):
    results = check(statistics(100), statistics(20), statistics(20))
    assert {result.verdict for result in results.values()} == {"passed"}
    assert results["size_drift"].observed == dict.fromkeys(
        ("train-validation width", "train-test width", "train-validation height", "train-test height"), 0.0
    )


def test_other_letters_lengths_and_sizes_are_drift(check):
    results = check(statistics(100), statistics(20), statistics(50, characters="KLMNO", length=12, width=500))
    assert results["character_drift"].examples[0].startswith("train-test (1.000, p = ")
    assert results["length_drift"].examples[0].startswith("train-test (1.000, p = ")
    assert [each.split(" (")[0] for each in results["size_drift"].examples] == ["train-test width"]
    assert {results[f"{name}_drift"].verdict for name in ("character", "length", "size")} == {"warned"}
    assert results["character_drift"].expected == (
        "Jensen-Shannon divergence of characters at most 0.02 (or by chance, p >= 0.001)"
    )


@pytest.mark.parametrize(("rows", "verdict"), [(2, "passed"), (20, "warned")])
def test_a_difference_that_chance_explains_is_no_drift(check, rows, verdict):
    results = check(statistics(100), statistics(20), statistics(rows, length=12))
    assert results["length_drift"].observed["train-test"] == 1.0
    assert results["length_drift"].verdict == verdict


def test_splits_without_a_row_are_not_compared(check, make_rule, context):
    results = check(statistics(100), statistics(20), statistics(0))
    assert list(results["length_drift"].observed) == ["train-validation"]
    empty = check(statistics(0), statistics(20), statistics(20))
    assert {(result.checked, result.verdict) for result in empty.values()} == {(0, "passed")}


def test_a_larger_distance_may_be_allowed(make_rule, context):
    splits = {"train": statistics(100), "validation": statistics(50, length=12), "test": statistics(50)}
    assert make_rule(LengthDrift, max=1.0).check(splits, context).verdict == "passed"
    assert make_rule(LengthDrift, max=0.99, action="stop").check(splits, context).verdict == "stopped"
