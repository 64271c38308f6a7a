import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.errors import InkpipeError
from inkpipe.evaluation.predictions import (
    ScoredPrediction,
    edits,
    read_predictions,
    score_prediction,
    word_edits,
    write_predictions,
)
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


@given(st.lists(st.tuples(LABEL, TEXT, st.floats(0, 1)), max_size=5))
def test_predictions_come_back_as_they_were_written(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "predictions.csv"
    predictions = [
        score_prediction(f'{i}, "x".jpg', label, Prediction(text, c)) for i, (label, text, c) in enumerate(rows)
    ]
    write_predictions(path, predictions)
    assert read_predictions(path) == predictions


@pytest.mark.parametrize(
    "content", ["filename,label\na,b\n", "filename,label,prediction,confidence,edits\na,b,c,x,1\n"]
)
def test_what_is_no_table_of_predictions_is_one_error(tmp_path, content):
    (tmp_path / "p.csv").write_text(content)
    with pytest.raises(InkpipeError, match=r"is no table of predictions\. Received: .*`dvc repro -sf evaluate`"):
        read_predictions(tmp_path / "p.csv")


def test_absent_predictions_are_named_with_the_stage_that_makes_them(tmp_path):
    with pytest.raises(InkpipeError, match=r"does not exist\. It is made by `dvc repro evaluate`"):
        read_predictions(tmp_path / "p.csv")
