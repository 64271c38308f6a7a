import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.evaluation.predictions import score_prediction
from inkpipe.evaluation.rejection import (
    Acceptance,
    RejectionPoint,
    accept,
    choose_threshold,
    rejection_curve,
    thin_out,
)
from inkpipe.model.prediction import Prediction


def many(confidence, correct, wrong=0):
    texts = ["A"] * correct + ["B"] * wrong
    return [score_prediction("x.jpg", "A", Prediction(text, confidence)) for text in texts]


CONSTANT = many(0.99, 97, 3)
SEPARATED = many(0.9, 150) + many(0.6, 40, 10)


def test_the_curve_accepts_the_most_confident_first_and_ends_with_all(predictions):
    assert rejection_curve(predictions) == [
        RejectionPoint(0.99, 0.25, 0.0, 1.0),
        RejectionPoint(0.95, 0.5, 0.125, 0.5),
        RejectionPoint(0.55, 0.75, 0.142857, 0.333333),
        RejectionPoint(0.2, 1.0, 0.176471, 0.25),
    ]


def test_constant_confidence_accepts_all_or_nothing():
    assert rejection_curve(CONSTANT) == [RejectionPoint(0.99, 1.0, 0.03, 0.97)]
    assert accept(CONSTANT, CONSTANT, 0.01) == Acceptance(0.01, 100, None, 0.0, 0, None, None, None, None)
    assert accept(CONSTANT, CONSTANT, 0.01).metrics() == {"coverage_at_1_percent_errors": 0.0}


@given(st.permutations(many(0.9, 5, 2) + many(0.4, 2, 5)))
def test_the_order_of_equal_confidences_has_no_influence(shuffled):
    assert rejection_curve(shuffled) == rejection_curve(many(0.9, 5, 2) + many(0.4, 2, 5))


def test_a_threshold_assumes_one_more_error_than_was_seen():
    assert choose_threshold(many(0.9, 99), 0.01) == 0.9
    assert choose_threshold(many(0.9, 98), 0.01) is None
    assert choose_threshold([], 0.5) is None


def test_the_lowest_threshold_that_keeps_to_the_errors_is_chosen():
    lucky = many(0.9, 120) + many(0.8, 0, 2) + many(0.7, 300) + many(0.2, 0, 50)
    assert choose_threshold(lucky, 0.01) == 0.7


def test_the_effect_is_measured_on_other_images_than_the_threshold_was_chosen_on():
    measured = accept(many(0.95, 40, 10) + many(0.3, 50), SEPARATED, 0.01)
    assert measured[:6] == (0.01, 200, 0.9, 0.5, 50, 0.2)
    assert measured.low < 0.2 < measured.high
    assert measured.cer == 0.2
    assert measured.metrics() == {"coverage_at_1_percent_errors": 0.5, "observed_at_1_percent_errors": 0.2}


def test_none_may_be_as_confident_as_the_threshold():
    assert accept(many(0.5, 3), SEPARATED, 0.01) == Acceptance(0.01, 200, 0.9, 0.0, 0, None, None, None, None)


def test_names_of_metrics_have_no_dot():
    assert list(accept(SEPARATED, SEPARATED, 0.025).metrics()) == [
        "coverage_at_2_5_percent_errors", "observed_at_2_5_percent_errors",
    ]  # fmt: skip


def test_the_interval_of_few_errors_is_that_of_wilson():
    def interval(correct, wrong):
        return accept(many(0.95, correct, wrong), SEPARATED, 0.01)[6:8]

    assert interval(100, 0) == (0.0, 0.036993)
    assert interval(107, 2) == pytest.approx((0.0050, 0.0644), abs=1e-4)
    assert interval(0, 5)[1] == 1.0


def test_a_thinned_curve_keeps_the_last_point():
    curve = [RejectionPoint(1 - i / 1000, i / 1000, 0.0, 1.0) for i in range(1, 1001)]
    assert [point.coverage for point in thin_out(curve, 4)] == [0.25, 0.5, 0.75, 1.0]
    assert thin_out(curve[-1:], 100) == curve[-1:]
