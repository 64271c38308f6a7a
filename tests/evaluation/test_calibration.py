import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.evaluation.calibration import (
    CalibrationBin,
    JudgedConfidence,
    calibration,
    calibration_error,
    characters,
    separation,
    skill,
    uncalibrated,
)
from inkpipe.evaluation.predictions import score_prediction
from inkpipe.model.prediction import Prediction

JUDGED = st.lists(st.builds(JudgedConfidence, st.sampled_from([0.1, 0.5, 0.5, 0.9]), st.booleans()), max_size=12)


def test_calibration_bins_hold_every_prediction_once_and_full_confidence_in_the_last(score_pair):
    table = calibration([score_pair("A", "A", 1.0), score_pair("A", "B", 0.9), score_pair("A", "B", 0.0)])
    assert table == [CalibrationBin(0.0, 0.1, 1, 0.0, 0.0), CalibrationBin(0.9, 1.0, 2, 0.95, 0.5)]


def test_calibration_error_weighs_bins_by_their_predictions():
    table = [CalibrationBin(0.0, 0.5, 1, 0.4, 0.0), CalibrationBin(0.5, 1.0, 3, 0.8, 1.0)]
    assert calibration_error(table) == pytest.approx((0.4 + 3 * 0.2) / 4)
    assert calibration_error([]) is None


def test_only_predictions_that_have_one_give_an_uncalibrated_confidence(score_pair):
    before = score_prediction("x.jpg", "A", Prediction("A", 0.9, uncalibrated=0.4))
    assert uncalibrated([before, score_pair("A", "B")]) == [JudgedConfidence(0.4, True)]


def test_characters_are_correct_where_the_alignment_matches_them(score_pair):
    inserted = score_prediction("x.jpg", "ANA", Prediction("ANNX", 0.5, characters=(0.9, 0.8, 0.7, 0.6)))
    shorter = score_prediction("y.jpg", "ANA", Prediction("NA", 0.5, characters=(0.5, 0.4)))
    judged = characters([inserted, shorter, score_pair("A", "A")])
    assert [each.confidence for each in judged] == [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    assert [each.correct for each in judged[4:]] == [True, True]
    assert sum(each.correct for each in judged[:4]) == 2


def test_separation_is_one_half_for_constant_confidence(score_pair):
    constant = [score_pair("A", text, 0.75) for text in "AAAB"]
    assert calibration_error(calibration(constant)) == 0.0  # which looks perfect
    assert separation(constant) == 0.5


def test_separation_of_perfect_and_of_inverted_confidence(score_pair):
    assert separation([score_pair("A", "A", 0.9), score_pair("A", "B", 0.2)]) == 1.0
    assert separation([score_pair("A", "A", 0.2), score_pair("A", "B", 0.9)]) == 0.0
    assert separation([score_pair("A", "A", 0.2)]) is None


def test_skill_is_0_for_a_constant_and_1_for_what_is_known(score_pair):
    constant = [score_pair("A", text, 0.75) for text in "AAAB"]
    assert skill(constant) == pytest.approx(0.0)
    assert skill([score_pair("A", "A", 1.0), score_pair("A", "B", 0.0)]) == 1.0
    assert skill([score_pair("A", "A", 0.0), score_pair("A", "B", 1.0)]) == -3.0
    assert skill([score_pair("A", "A", 0.2)]) is None
    assert skill([]) is None


@given(JUDGED)
def test_separation_is_the_fraction_of_pairs_in_the_right_order(judged):
    correct = [each.confidence for each in judged if each.correct]
    wrong = [each.confidence for each in judged if not each.correct]
    pairs = [(a > b) + (a == b) / 2 for a in correct for b in wrong]
    assert separation(judged) == (pytest.approx(sum(pairs) / len(pairs)) if pairs else None)
