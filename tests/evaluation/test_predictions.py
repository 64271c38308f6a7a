import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.evaluation.predictions import ScoredPrediction, edits, score_prediction, word_edits
from inkpipe.model.prediction import Prediction

LABEL = st.lists(st.text("ABC'-", min_size=1, max_size=8), min_size=1, max_size=3).map(" ".join)
TEXT = st.text("ABC'- \N{REPLACEMENT CHARACTER}", max_size=12)


@pytest.mark.parametrize(
    ("label", "text", "expected"),
    [("MARIE", "MARIE", 0), ("MARIE", "MARE", 1), ("MARIE", "MAARIE", 1), ("MARIE", "NARIE", 1), ("MARIE", "", 5)],
)
def test_edits_counts_deletions_insertions_and_substitutions(label, text, expected):
    assert edits(label, text) == expected


def test_word_edits_counts_whole_words():
    assert word_edits("DE LA TOUR", "DE TOUR") == 1
    assert word_edits("DE LA TOUR", "DELA TOUR") == 2


@given(LABEL, TEXT)
def test_edits_is_a_distance_within_its_bounds(label, text):
    assert edits(label, text) == edits(text, label)
    assert abs(len(label) - len(text)) <= edits(label, text) <= max(len(label), len(text))
    assert (edits(label, text) == 0) == (label == text)


def test_a_scored_prediction_has_its_edits_and_a_rounded_confidence():
    scored = score_prediction("x.jpg", "AB", Prediction("A", 0.12345678))
    assert scored == ScoredPrediction("x.jpg", "AB", "A", 0.123457, 1)


def test_a_prediction_without_edits_is_correct():
    assert score_prediction("x.jpg", "AB", Prediction("AB", 0.5)).correct
    assert not score_prediction("x.jpg", "AB", Prediction("", 0.5)).correct
