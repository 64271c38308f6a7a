"""Rules on splits as a whole, on statistics made by hand."""

from collections import Counter

import pytest

from inkpipe.contract.splits import rare_characters, split_findings
from inkpipe.contract.statistics import SplitStatistics


def statistics(rows, characters="ABCDEFGHIJ", length=6, width=300):
    counted = Counter(dict.fromkeys(characters, rows))
    return SplitStatistics(rows, counted, Counter({length: rows}), Counter({width: rows}), Counter({36: rows}))


@pytest.fixture
def findings(make_params):
    def found(splits, unusable=(0, 0, 0), **values):
        names = ("train", "validation", "test")
        rows = {name: splits[name].rows + aside for name, aside in zip(names, unusable, strict=True)}
        params = make_params(**values).validate_
        judged = split_findings(params, splits, rows, dict(zip(names, unusable, strict=True)))
        return {finding.rule: finding for finding in judged}

    return found


def test_like_splits_pass_every_rule(findings):
    found = findings({"train": statistics(100), "validation": statistics(20), "test": statistics(20)})
    assert {finding.verdict for finding in found.values()} == {"passed"}
    assert found["size_drift"].figures == dict.fromkeys(
        ("train-validation width", "train-test width", "train-validation height", "train-test height"), 0.0
    )


def test_other_letters_lengths_and_sizes_are_drift(findings):
    other = statistics(50, characters="KLMNO", length=12, width=500)
    found = findings({"train": statistics(100), "validation": statistics(20), "test": other})
    assert found["character_drift"].offenders[0].startswith("train-test (1.000, p = ")
    assert found["length_drift"].offenders[0].startswith("train-test (1.000, p = ")
    assert [each.split(" (")[0] for each in found["size_drift"].offenders] == ["train-test width"]
    assert {found[f"{name}_drift"].verdict for name in ("character", "length", "size")} == {"warned"}


@pytest.mark.parametrize(("rows", "verdict"), [(2, "passed"), (20, "warned")])
def test_a_difference_that_chance_explains_is_no_drift(findings, rows, verdict):
    found = findings({"train": statistics(100), "validation": statistics(20), "test": statistics(rows, length=12)})
    assert found["length_drift"].figures["train-test"] == 1.0
    assert found["length_drift"].verdict == verdict


def test_too_many_unusable_labels_stop_unless_they_are_few(findings):
    splits = {"train": statistics(100), "validation": statistics(20), "test": statistics(4)}
    assert findings(splits, unusable=(5, 2, 3))["unusable_labels"].verdict == "passed"
    stopped = findings(splits, unusable=(5, 8, 3))["unusable_labels"]
    assert stopped.verdict == "stopped"
    assert stopped.offenders == ("validation (8 of 28, 28.57%)",)


def test_small_splits(findings):
    splits = {"train": statistics(100), "validation": statistics(20), "test": statistics(4)}
    values = {"validate__rules__split_sizes__test": 5}
    assert findings(splits, **values)["split_sizes"].offenders == ("test (4 accepted)",)
    assert findings(splits, **values)["split_sizes"].verdict == "stopped"
    assert findings(splits, **values, validate__rules__split_sizes__action="warn")["split_sizes"].verdict == "warned"


def test_rare_characters_come_the_rarest_first():
    train = SplitStatistics(9, Counter("AAAAQWW-"), Counter(), Counter(), Counter())
    assert rare_characters(train, 3) == ["-", "Q", "W"]
