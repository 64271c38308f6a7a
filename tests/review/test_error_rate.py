import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from tests.review.conftest import ANNA

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.review.database import open_review
from inkpipe.review.error_rate import estimate_error_rate, interval
from inkpipe.review.work import claim, decide

VOCABULARY = Vocabulary(tuple("ABC"))


def test_published_intervals():
    """C. Clopper and E. Pearson 1934; the rule of three for none of 100."""
    assert interval(0, 100) == pytest.approx((0.0, 0.0362), abs=1e-4)
    assert interval(100, 100) == pytest.approx((0.9638, 1.0), abs=1e-4)
    assert interval(10, 100) == pytest.approx((0.0490, 0.1762), abs=1e-4)
    assert interval(0, 0) == (0.0, 1.0)


@given(sample=st.integers(1, 300), fraction=st.floats(0, 1))
def test_at_the_ends_of_the_interval_the_observation_is_just_possible(sample, fraction):
    wrong = round(fraction * sample)
    low, high = interval(wrong, sample)
    assert 0 <= low <= wrong / sample <= high <= 1
    assert wrong == 0 or binom.sf(wrong - 1, sample, low) == pytest.approx(0.025, abs=1e-6)
    assert wrong == sample or binom.cdf(wrong, sample, high) == pytest.approx(0.025, abs=1e-6)


def test_without_a_random_sample_there_is_no_rate(database, answer):
    decide(database, ANNA, answer(4, "C"))
    assert estimate_error_rate(database, 0.5, VOCABULARY)[1:] == (2, 0, 0, 0, None, 0.0, 1.0)


def test_the_sample_is_what_was_drawn_at_random_whoever_checked_it(file, fill, answer):
    fill(file, {number: ("A", 0.9 if number % 2 else 0.3) for number in range(1, 41)})
    with open_review(file) as database:
        order = [item["id"] for item in claim(database, ANNA, "random", 40)]
        sure = [image for image in order[:12] if image % 2]
        # one of them is checked in another queue, one is skipped, one is unreadable, one is wrong, case does not count
        decide(database, ANNA, answer(sure[0], "C", queue="confidence"))
        decide(database, ANNA, answer(sure[1], ..., queue="random"))
        decide(database, ANNA, answer(sure[2], None, queue="random"))
        for image in (*sure[3:], *(image for image in order[:12] if not image % 2)):
            decide(database, ANNA, answer(image, "a", queue="random"))
        # far behind the sample in random order: it does not belong to it
        far = next(image for image in reversed(order) if image % 2)
        decide(database, ANNA, answer(far, "C", queue="confidence"))
        rate = estimate_error_rate(database, 0.9, VOCABULARY)
        checked = len(sure) - 1
        assert (rate.sample, rate.wrong, rate.missing) == (checked, 2, 1)
        assert rate.rate == 2 / checked
        assert rate.unchecked == 20 - checked - 1
        assert (rate.low, rate.high) == interval(2, checked)
