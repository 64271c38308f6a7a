"""Rules on splits as a whole, on statistics made by hand."""

from collections import Counter

import pytest

from inkpipe.rules.splits import CharacterCount, SplitSizes, SplitStatistics, UnusableLabels


def statistics(accepted, unusable=0, characters="ABCDEFGHIJ"):
    counts = Counter(dict.fromkeys(characters, accepted))
    return SplitStatistics(accepted + unusable, unusable, accepted, counts, Counter(), Counter(), Counter())


def splits(train, validation, test):
    return {"train": train, "validation": validation, "test": test}


SMALL = splits(statistics(100), statistics(20), statistics(4))


def test_too_many_unusable_labels_stop_unless_they_are_few(make_rule, context):
    rule = make_rule(UnusableLabels)
    assert rule.check(splits(statistics(100, 5), statistics(20, 2), statistics(4, 3)), context).verdict == "passed"
    stopped = rule.check(splits(statistics(100, 5), statistics(20, 8), statistics(4, 3)), context)
    assert stopped.verdict == "stopped"
    assert stopped.examples == ("validation (8 of 28, 28.57%)",)
    assert stopped.observed == {"train": 5 / 105, "validation": 8 / 28, "test": 3 / 7}
    assert stopped.expected == "at most 10.00% of a split's labels unusable, or 3 of them"


def test_small_splits(make_rule, context):
    result = make_rule(SplitSizes, test=5).check(SMALL, context)
    assert result.examples == ("test (4 accepted)",)
    assert result.verdict == "stopped"
    assert make_rule(SplitSizes, test=5, action="warn").check(SMALL, context).verdict == "warned"


def test_a_split_without_an_accepted_row_stops_whatever_the_action(make_rule, context):
    result = make_rule(SplitSizes, action="warn").check({**SMALL, "test": statistics(0, 2)}, context)
    assert (result.verdict, result.action, result.examples) == ("stopped", "stop", ("test (0 accepted)",))


def test_enough_of_all_passes(make_rule, context):
    for rule in (UnusableLabels, SplitSizes, CharacterCount):
        result = make_rule(rule).check(SMALL, context)
        assert (result.verdict, result.violations, result.rule) == ("passed", 0, rule.name)


def test_rare_characters_come_the_rarest_first(make_rule):
    assert make_rule(CharacterCount, min=3).rare(Counter("AAAAQWW-")) == ["-", "Q", "W"]


@pytest.mark.parametrize(("least", "verdict"), [(100, "passed"), (101, "warned")])
def test_characters_are_counted_in_the_training_labels_alone(make_rule, context, least, verdict):
    result = make_rule(CharacterCount, min=least).check({**SMALL, "test": statistics(4, characters="Q")}, context)
    assert (result.verdict, result.checked, result.unit) == (verdict, 10, "characters")
    assert result.examples[:1] == (("'A' (100)",) if verdict == "warned" else ())
