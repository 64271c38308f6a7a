"""The facts that rules compute from a label, and the checks on them."""

import pytest

from inkpipe.rules.checks import Between, IsNull, NotInSet, NotNull
from inkpipe.rules.labels import (
    DEFAULT_MARKERS,
    LabelCharacters,
    LabelFits,
    LabelLength,
    LabelPresent,
    LabelUsable,
    WordCount,
    normalized_markers,
)


def test_a_label_must_be_there(make_rule, context):
    assert make_rule(LabelPresent).checks(context) == (NotNull("label"),)


def test_markers_are_compared_like_labels(make_rule, context):
    rule = make_rule(LabelUsable, markers=["unreadable", "no  text"])
    assert rule.checks(context) == (NotInSet("label", ("UNREADABLE", "NO TEXT")),)
    assert normalized_markers(rule.markers, str.lower) == ["unreadable", "no  text"]


def test_the_default_markers_are_those_of_the_repository(make_rule):
    assert make_rule(LabelUsable).markers == DEFAULT_MARKERS


@pytest.mark.parametrize(
    ("label", "foreign"),
    [("ANNEÉ", None), ("`'-", None), ("AAB€C€", "€"), ("←A€", "€←"), ("A\tB", "\t"), ("A B", None)],
)
def test_characters_that_are_not_allowed_are_foreign_each_once(make_rule, facts, label, foreign):
    assert facts(make_rule(LabelCharacters), label) == {"foreign": foreign}


def test_a_category_allows_all_that_begin_with_its_letters(make_rule, facts, context):
    rule = make_rule(LabelCharacters, categories=["Lu"], extra="€")
    assert facts(rule, "Ab€-") == {"foreign": "-b"}
    assert rule.checks(context) == (IsNull("foreign"),)
    assert rule.evidence({"label": "Ab-", "foreign": "-b"}) == "'Ab-' has '-b'"


def test_length_counts_characters_and_word_count_words(make_rule, facts, context):
    assert facts(make_rule(LabelLength), "DE LA CRUZ") == {"length": 10}
    assert make_rule(LabelLength, min=2).checks(context) == (Between("length", 2, 200),)
    assert facts(make_rule(WordCount), "DE LA CRUZ") == {"words": 3}
    assert make_rule(WordCount, max=5).checks(context) == (Between("words", 1, 5),)


@pytest.mark.parametrize(("label", "frames"), [("A", 1), ("ANNA", 5), ("AAA", 5), ("ABAB", 4)])
def test_a_label_needs_a_frame_more_for_each_repeat(make_rule, facts, context, label, frames):
    rule = make_rule(LabelFits)
    assert facts(rule, label) == {"frames": frames}
    assert rule.checks(context) == (Between("spare_frames", 0, None),)
