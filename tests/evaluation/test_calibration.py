import pytest

from inkpipe.evaluation.calibration import CalibrationBin, Coverage, calibration, calibration_error, coverage


def test_calibration_bins_hold_every_prediction_once_and_full_confidence_in_the_last(score_pair):
    table = calibration([score_pair("A", "A", 1.0), score_pair("A", "B", 0.9), score_pair("A", "B", 0.0)])
    assert table == [CalibrationBin(0.0, 0.1, 1, 0.0, 0.0), CalibrationBin(0.9, 1.0, 2, 0.95, 0.5)]


def test_calibration_error_weighs_bins_by_their_predictions():
    table = [CalibrationBin(0.0, 0.5, 1, 0.4, 0.0), CalibrationBin(0.5, 1.0, 3, 0.8, 1.0)]
    assert calibration_error(table) == pytest.approx((0.4 + 3 * 0.2) / 4)


def test_coverage_counts_accepted_predictions_and_correct_ones_among_them(predictions):
    assert coverage(predictions, (0.0, 0.9, 0.999)) == [
        Coverage(0.0, 1.0, 0.25),
        Coverage(0.9, 0.5, 0.5),
        Coverage(0.999, 0.0, None),
    ]
