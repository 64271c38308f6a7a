import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.errors import InkpipeError
from inkpipe.evaluation import metrics
from inkpipe.evaluation.metrics import (
    METRICS,
    RATES,
    STATISTICS,
    Estimate,
    Rate,
    Scores,
    Statistic,
    cer_empty_penalty,
    interval,
    measure,
    score,
)
from inkpipe.evaluation.predictions import edits, score_prediction
from inkpipe.model.prediction import EMPTY_PENALTY, Prediction

LABEL = st.lists(st.text("ABC'-", min_size=1, max_size=8), min_size=1, max_size=3).map(" ".join)
TEXT = st.text("ABC'- \N{REPLACEMENT CHARACTER}", max_size=12)
PAIRS = st.lists(st.tuples(LABEL, TEXT), min_size=1, max_size=20)
SCORE_KEYS = ["n", "cer", "cer_low", "cer_high", "wer", "wer_low", "wer_high", "exact", "exact_low", "exact_high"]
INTERVALS_OF_VERSION_0_1 = dict(
    zip(SCORE_KEYS, (20, 0.388889, 0.227952, 0.557145, 0.8, 0.638773, 0.92869, 0.25, 0.1, 0.45), strict=True)
)


def test_score_averages_over_characters_and_words_not_over_images():
    scores = score(["A", "ABCDE FGHI"], ["B", "ABCDE FGHI"], resamples=200, seed=1)
    assert (scores.n, scores["cer"].value, scores["wer"].value, scores["exact"].value) == (2, 1 / 11, 1 / 3, 1 / 2)


def test_score_of_perfect_predictions_has_no_spread():
    zero, one = Estimate(0, 0, 0), Estimate(1, 1, 1)
    assert score(["ANA", "LEA"], ["ANA", "LEA"], 50, 3) == Scores(2, {"cer": zero, "wer": zero, "exact": one})


def test_cer_exceeds_one_where_more_is_inserted_than_the_label_has():
    assert score(["A"], ["ABCD"], 10, 0)["cer"].value == 3.0


def test_interval_is_the_binomial_one():
    # 400 images of which 100 are wrong: the normal approximation gives 0.75 +- 1.96 * sqrt(0.75 * 0.25 / 400)
    scores = score(["A"] * 400, ["A"] * 300 + ["B"] * 100, resamples=4000, seed=7)
    exact, cer = scores["exact"], scores["cer"]
    assert exact.low == pytest.approx(0.75 - 0.0424, abs=0.004)
    assert exact.high == pytest.approx(0.75 + 0.0424, abs=0.004)
    assert (cer.low, cer.high) == pytest.approx((1 - exact.high, 1 - exact.low), abs=0.004)


@given(PAIRS, st.randoms(use_true_random=False))
def test_score_neither_depends_on_the_order_of_images_nor_leaves_its_bounds(pairs, random):
    scores = score(*zip(*pairs, strict=True), resamples=20, seed=5)
    shuffled = random.sample(pairs, len(pairs))
    assert score(*zip(*shuffled, strict=True), resamples=20, seed=5) == scores
    assert 0 <= scores["cer"].low <= scores["cer"].high
    assert 0 <= scores["exact"].low <= scores["exact"].high <= 1
    assert scores["cer"].value == sum(edits(*pair) for pair in pairs) / sum(len(label) for label, _ in pairs)


def test_score_follows_its_seed():
    labels, texts = ["ABC", "AB", "B", "CCCC"], ["ABC", "AA", "", "CC"]
    assert score(labels, texts, 25, 1) == score(labels, texts, 25, 1)
    assert score(labels, texts, 25, 1) != score(labels, texts, 25, 2)


def test_score_keeps_the_intervals_of_earlier_versions():
    scores = score(["ANNA", "LE ROI", "EVE", "D'ARC"] * 5, ["ANNA", "LEROI", "EVES", ""] * 5, 200, 7)
    assert scores.to_json() == INTERVALS_OF_VERSION_0_1


def test_score_takes_hundreds_of_thousands_of_images():
    labels = ["MARIE", "JEAN PAUL", "LEA", "O'NEIL"] * 100_000
    start = time.monotonic()
    scores = score(labels, [label[: 4 + i % 5] for i, label in enumerate(labels)], resamples=1000, seed=1)
    assert scores.n == 400_000
    assert scores["cer"].high - scores["cer"].low < 0.005
    assert time.monotonic() - start < 30


def test_to_json_is_flat_and_rounded():
    content = score(["A", "ABCDE FGHI"], ["B", "ABCDE FGHI"], 10, 1).to_json()
    assert list(content) == SCORE_KEYS
    assert content["n"] == 2
    assert content["cer"] == 0.090909


def test_cer_empty_penalty_is_a_mean_over_images_with_a_penalty_for_empty_predictions():
    assert cer_empty_penalty(["A", "ABCD", "AB"], ["B", "ABCD", ""]) == (1.0 + 0.0 + EMPTY_PENALTY) / 3


@pytest.mark.parametrize("metric", [cer_empty_penalty, lambda labels, texts: score(labels, texts, 10, 0)])
@pytest.mark.parametrize(
    ("labels", "texts", "says"),
    [
        ([], [], "0 labels"),
        (["A"], ["A", "B"], "1 labels and 2 texts"),
        (["A", "", " "], ["A", "", ""], "2 empty ones, the first at position 1"),
    ],
)
def test_input_that_cannot_be_scored_is_refused(metric, labels, texts, says):
    with pytest.raises(InkpipeError, match=says):
        metric(labels, texts)


def test_an_interval_needs_resamples():
    with pytest.raises(InkpipeError, match="Received: 0"):
        score(["A"], ["A"], 0, 1)


def test_measure_gives_every_metric_flat_and_rounded(predictions):
    values = measure(predictions, 20, 1)
    assert values["n"] == 4
    assert values["cer"] == round(3 / 17, 6)
    assert values["cer_empty_penalty"] == round((1 / 4 + 0 + 1 / 6 + 1 / 3) / 4, 6)
    assert values["mean_confidence"] == 0.6725
    names = {"cer_empty_penalty", "mean_confidence", "calibration_error", "confidence_separation", "confidence_skill"}
    assert set(values) == {*SCORE_KEYS, *names}


def test_calibration_of_characters_and_before_calibration_is_measured_where_the_decoder_gives_it():
    prediction = Prediction("AB", 0.9, characters=(0.8, 0.6), uncalibrated=0.7)
    values = measure([score_prediction("x.jpg", "AB", prediction)], 5, 1)
    assert values["calibration_error"] == 0.1
    assert values["calibration_error_uncalibrated"] == 0.3
    assert values["calibration_error_characters"] == 0.3
    assert "confidence_separation" not in values  # nothing is wrong


def test_measure_gives_the_scores_of_the_same_texts(predictions):
    labels, texts = zip(*((each.label, each.prediction) for each in predictions), strict=True)
    assert score(labels, texts, 20, 1).to_json().items() <= measure(predictions, 20, 1).items()


def test_nothing_to_measure_is_refused():
    with pytest.raises(InkpipeError, match="0 labels"):
        measure([], 10, 1)


def test_every_metric_is_declared_once_with_words_for_the_report():
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert all(metric.title and metric.meaning for metric in METRICS)
    assert set(METRICS) == {*RATES, *STATISTICS}


def test_a_declared_metric_is_measured(predictions, monkeypatch):
    rate = Rate("first", "First", "first character correct", lambda label, text: (label[0] == text[:1], 1))
    statistic = Statistic("longest", "Longest", "label", lambda all_: max(len(each.label) for each in all_))
    monkeypatch.setattr(metrics, "RATES", (*RATES, rate))
    monkeypatch.setattr(metrics, "STATISTICS", (*STATISTICS, statistic))
    values = measure(predictions, 20, 1)
    assert (values["first"], values["first_low"], values["first_high"]) == (1, 1, 1)
    assert values["longest"] == 6


def test_a_rate_is_written_with_its_interval():
    scores = {"cer": 0.0451, "cer_low": 0.0371, "cer_high": 0.05414}
    assert interval(scores, "cer") == "4.51% (3.71% to 5.41%)"
