from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.errors import InkpipeError
from inkpipe.metrics import EMPTY_READ_PENALTY, Scores, edits, paper_cer, score, word_edits

WORD = st.text("ABC'-", min_size=1, max_size=8)
LABEL = st.lists(WORD, min_size=1, max_size=3).map(" ".join)
READ = st.text("ABC'- \N{REPLACEMENT CHARACTER}", max_size=12)
PAIRS = st.lists(st.tuples(LABEL, READ), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("label", "read", "expected"),
    [("MARIE", "MARIE", 0), ("MARIE", "MARE", 1), ("MARIE", "MAARIE", 1), ("MARIE", "NARIE", 1), ("MARIE", "", 5)],
)
def test_edits_counts_deletions_insertions_and_substitutions(label: str, read: str, expected: int) -> None:
    assert edits(label, read) == expected


def test_word_edits_counts_whole_words() -> None:
    assert word_edits("DE LA TOUR", "DE TOUR") == 1
    assert word_edits("DE LA TOUR", "DELA TOUR") == 2


@given(LABEL, READ)
def test_edits_is_a_distance_within_its_bounds(label: str, read: str) -> None:
    assert edits(label, read) == edits(read, label)
    assert abs(len(label) - len(read)) <= edits(label, read) <= max(len(label), len(read))
    assert (edits(label, read) == 0) == (label == read)


def test_score_averages_over_characters_and_words_not_over_images() -> None:
    scores = score(["A", "ABCDE FGHI"], ["B", "ABCDE FGHI"], resamples=200, seed=1)
    assert (scores.n, scores.cer, scores.wer, scores.exact) == (2, 1 / 11, 1 / 3, 1 / 2)


def test_score_of_perfect_reads_has_no_spread() -> None:
    assert score(["ANA", "LEA"], ["ANA", "LEA"], 50, 3) == Scores(2, 0, 0, 0, 0, 0, 0, 1, 1, 1)


def test_cer_exceeds_one_where_more_is_read_than_is_there() -> None:
    assert score(["A"], ["ABCD"], 10, 0).cer == 3.0


def test_interval_is_the_binomial_one() -> None:
    # 400 images of which 100 are wrong: the normal approximation gives 0.75 +- 1.96 * sqrt(0.75 * 0.25 / 400)
    scores = score(["A"] * 400, ["A"] * 300 + ["B"] * 100, resamples=4000, seed=7)
    assert scores.exact_low == pytest.approx(0.75 - 0.0424, abs=0.004)
    assert scores.exact_high == pytest.approx(0.75 + 0.0424, abs=0.004)
    assert (scores.cer_low, scores.cer_high) == pytest.approx((1 - scores.exact_high, 1 - scores.exact_low), abs=0.004)


@given(PAIRS, st.randoms(use_true_random=False))
def test_score_neither_depends_on_the_order_of_images_nor_leaves_its_bounds(pairs, random) -> None:
    scores = score(*zip(*pairs, strict=True), resamples=20, seed=5)
    shuffled = random.sample(pairs, len(pairs))
    assert score(*zip(*shuffled, strict=True), resamples=20, seed=5) == scores
    assert 0 <= scores.cer_low <= scores.cer_high
    assert 0 <= scores.exact_low <= scores.exact_high <= 1
    assert scores.cer == sum(edits(*pair) for pair in pairs) / sum(len(label) for label, _ in pairs)


def test_score_follows_its_seed() -> None:
    labels, reads = ["ABC", "AB", "B", "CCCC"], ["ABC", "AA", "", "CC"]
    assert score(labels, reads, 25, 1) == score(labels, reads, 25, 1)
    assert score(labels, reads, 25, 1) != score(labels, reads, 25, 2)


def test_score_takes_hundreds_of_thousands_of_images() -> None:
    labels = ["MARIE", "JEAN PAUL", "LEA", "O'NEIL"] * 100_000
    start = time.monotonic()
    scores = score(labels, [label[: 4 + i % 5] for i, label in enumerate(labels)], resamples=1000, seed=1)
    assert scores.n == 400_000
    assert scores.cer_high - scores.cer_low < 0.005
    assert time.monotonic() - start < 30


def test_to_json_is_flat_and_rounded() -> None:
    content = score(["A", "ABCDE FGHI"], ["B", "ABCDE FGHI"], 10, 1).to_json()
    assert list(content) == [
        *("n", "cer", "cer_low", "cer_high", "wer", "wer_low", "wer_high", "exact", "exact_low", "exact_high"),
    ]
    assert content["n"] == 2
    assert content["cer"] == 0.090909


def test_paper_cer_is_a_mean_over_images_with_a_penalty_for_empty_reads() -> None:
    assert paper_cer(["A", "ABCD", "AB"], ["B", "ABCD", ""]) == (1.0 + 0.0 + EMPTY_READ_PENALTY) / 3


@pytest.mark.parametrize("metric", [paper_cer, lambda labels, reads: score(labels, reads, 10, 0)])
@pytest.mark.parametrize(
    ("labels", "reads", "says"),
    [
        ([], [], "0 labels"),
        (["A"], ["A", "B"], "1 labels and 2 reads"),
        (["A", "", " "], ["A", "", ""], "2 empty ones, the first at position 1"),
    ],
)
def test_what_cannot_be_scored_is_refused(metric, labels, reads, says) -> None:
    with pytest.raises(InkpipeError, match=says):
        metric(labels, reads)


def test_an_interval_needs_resamples() -> None:
    with pytest.raises(InkpipeError, match="Received: 0"):
        score(["A"], ["A"], 0, 1)
