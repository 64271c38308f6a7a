import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.errors import InkpipeError
from inkpipe.evaluation.analysis import (
    CharacterErrors,
    Confusion,
    LengthErrors,
    analyze,
    confusions,
    edit_pairs,
    errors_by_character,
    errors_by_length,
    visible,
)
from inkpipe.evaluation.calibration import calibration
from inkpipe.evaluation.predictions import edits, score_prediction
from inkpipe.evaluation.rejection import rejection_curve
from inkpipe.evaluation.slices import slices_by_confidence
from inkpipe.model.prediction import Prediction

TEXT = st.text("ABC -", max_size=10)


def test_edit_pairs_name_substitutions_deletions_and_insertions():
    assert edit_pairs("ANNA", "ANMA") == [("N", "M")]
    assert edit_pairs("LE ROI", "LEROI") == [(" ", "")]
    assert edit_pairs("EVE", "EVES") == [("", "S")]


@given(TEXT, TEXT)
def test_edit_pairs_are_as_many_as_there_are_edits(label, text):
    pairs = edit_pairs(label, text)
    assert len(pairs) == edits(label, text)
    assert all(true != predicted for true, predicted in pairs)


def test_confusions_rank_the_most_frequent_first(predictions, score_pair):
    predictions.append(score_pair("NON", "MOM"))
    assert confusions(predictions) == [
        Confusion("N predicted as M", "N", "M", 3),
        Confusion("S inserted", "", "S", 1),
        Confusion("\N{OPEN BOX} deleted", " ", "", 1),
    ]
    assert [each.n for each in confusions(predictions, top=1)] == [3]


def test_errors_by_character_distinguish_substitutions_deletions_and_insertions(predictions):
    table = {each.character: each for each in errors_by_character(predictions)}
    assert table["N"] == CharacterErrors("N", 4, substituted=1, deleted=0, inserted=0, error_rate=0.25)
    assert table[" "] == CharacterErrors(" ", 1, substituted=0, deleted=1, inserted=0, error_rate=1.0)
    assert table["S"] == CharacterErrors("S", 0, substituted=0, deleted=0, inserted=1, error_rate=None)
    assert list(table) == sorted(table)
    assert sum(each.n for each in table.values()) == sum(len(each.label) for each in predictions)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=10))
def test_errors_by_character_lose_no_edit(pairs):
    predictions = [score_prediction("x.jpg", label, Prediction(text, 0.5)) for label, text in pairs]
    total = sum(each.substituted + each.deleted + each.inserted for each in errors_by_character(predictions))
    assert total == sum(each.edits for each in predictions)


def test_errors_by_length_are_micro_averages(predictions):
    assert errors_by_length(predictions) == [
        LengthErrors(3, 3, 1, 0.333333, 0.0),
        LengthErrors(4, 4, 2, 0.125, 0.5),
        LengthErrors(6, 6, 1, 0.166667, 0.0),
    ]


def test_long_labels_share_rows_of_equal_ranges_of_length():
    labels = ["A" * 31, "A" * 32, "A" * 33, "A" * 90]
    predictions = [score_prediction(f"{i}.png", label, Prediction("A" * 31, 0.5)) for i, label in enumerate(labels)]
    assert errors_by_length(predictions) == [
        LengthErrors(31, 33, 3, round(3 / 96, 6), round(1 / 3, 6)),
        LengthErrors(88, 90, 1, round(59 / 90, 6), 0.0),
    ]


def test_analyze_makes_every_table(predictions):
    analysis = analyze(predictions, 20, 1)
    assert analysis.confusions == confusions(predictions)
    assert analysis.characters == errors_by_character(predictions)
    assert analysis.lengths == errors_by_length(predictions)
    assert analysis.calibration == calibration(predictions)
    assert (analysis.uncalibrated, analysis.character_calibration) == ([], [])
    assert analysis.rejection == rejection_curve(predictions)
    assert analysis.by_confidence == slices_by_confidence(predictions, 20, 1)


def test_nothing_to_analyze_is_refused():
    with pytest.raises(InkpipeError, match="0 labels"):
        analyze([], 10, 1)


def test_a_space_is_made_visible():
    assert [visible(character) for character in " A"] == ["\N{OPEN BOX}", "A"]
