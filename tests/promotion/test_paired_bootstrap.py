import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.promotion.paired_bootstrap import Improvement, PairedEdits, Resampling, images_needed

RESAMPLING = Resampling(level=0.95, resamples=400, seed=3)
EDITS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30)


def paired(rows):
    lengths, champion, candidate = np.array(rows, np.int64).T
    return PairedEdits(lengths, champion, candidate)


def test_rates_are_sums_of_edits_over_sums_of_characters():
    pair = paired([(10, 2, 1), (30, 2, 0)])
    assert (pair.champion_cer, pair.candidate_cer) == (0.1, 0.025)
    assert pair.improvement(RESAMPLING).value == 0.075


def test_the_same_edits_on_each_image_are_no_improvement_however_they_are_resampled():
    assert paired([(5, 2, 2), (7, 0, 0), (9, 4, 4)]).improvement(RESAMPLING) == Improvement(0.0, 0.0, 0.0)


def test_an_improvement_on_every_image_is_certain():
    improvement = paired([(10, 3, 2)] * 50).improvement(RESAMPLING)
    assert improvement == Improvement(0.1, 0.1, 0.1)


def test_the_bounds_are_those_of_the_normal_distribution_where_there_are_many_images():
    rng = np.random.default_rng(0)
    gains = rng.integers(-1, 3, 4000)  # mean 0.5, variance 1.25
    pair = PairedEdits(np.full(4000, 10), gains + 1, np.ones(4000, int))
    value, low, high = pair.improvement(Resampling(0.95, 4000, 1))
    half_width = 1.645 * gains.std() / 10 / np.sqrt(4000)
    assert value - low == pytest.approx(half_width, rel=0.05)
    assert high - value == pytest.approx(half_width, rel=0.05)


def test_pairing_tells_apart_what_two_separate_intervals_would_not():
    hard = np.random.default_rng(0).integers(0, 10, 300)  # images differ much more than the models do
    pair = PairedEdits(np.full(300, 10), hard + 1, hard)
    assert pair.improvement(RESAMPLING) == Improvement(0.1, 0.1, 0.1)


@given(EDITS, st.randoms())
def test_the_order_of_the_images_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    assert paired(rows).improvement(RESAMPLING) == paired(shuffled).improvement(RESAMPLING)


@given(EDITS)
def test_bounds_are_in_order_and_a_part_of_all_images_is_the_whole(rows):
    pair = paired(rows)
    _, low, high = pair.improvement(RESAMPLING)
    assert low <= high
    assert pair.part(range(len(rows))).improvement(RESAMPLING) == pair.improvement(RESAMPLING)


@pytest.mark.parametrize(
    ("improvement", "margin", "expected"),
    [
        (Improvement(0.004, -0.004, 0.012), 0.0, 4000),  # twice as sure needs four times the images
        (Improvement(0.004, 0.0, 0.008), 0.0, 1100),  # more than there are
        (Improvement(0.004, -0.0036, 0.0), 0.0, 3700),  # 3,610, rounded up to two digits
        (Improvement(0.004, -0.004, 0.0), 0.002, 16000),
        (Improvement(0.0, -0.004, 0.004), 0.0, None),
        (Improvement(-0.01, -0.02, 0.0), 0.0, None),
    ],
)
def test_the_images_needed_grow_with_the_square_of_what_is_missing(improvement, margin, expected):
    assert images_needed(1000, improvement, margin) == expected


def test_the_images_needed_are_enough_where_the_images_are_of_the_same_kind():
    rng = np.random.default_rng(5)
    champion, candidate = rng.poisson(1.0, 200), rng.poisson(0.9, 200)
    few = PairedEdits(np.full(200, 10), champion, candidate)
    improvement = few.improvement(RESAMPLING)
    assert improvement.low < 0 < improvement.value
    copies = -(-images_needed(200, improvement, 0.0) // 200)
    many = PairedEdits(*(np.tile(each, copies) for each in (few.lengths, few.champion, few.candidate)))
    assert many.improvement(RESAMPLING).low > -0.0005
