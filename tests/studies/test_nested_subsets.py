import pytest

from inkpipe.errors import InkpipeError
from inkpipe.studies.nested_subsets import nested_subsets


def test_subsets_of_a_seed_hold_the_smaller_ones():
    subsets = nested_subsets(40, [1.0, 0.1, 0.5], [3, 4])
    assert [(each.fraction, each.seed, len(each.rows)) for each in subsets] == [
        (0.1, 3, 4), (0.1, 4, 4), (0.5, 3, 20), (0.5, 4, 20), (1.0, 3, 40), (1.0, 4, 40),
    ]  # fmt: skip
    small, other, half, *_ = (set(each.rows) for each in subsets)
    assert small < half
    assert small != other
    assert subsets[-1].rows == list(range(40))


def test_fractions_that_leave_the_same_images_are_trained_once():
    subsets = nested_subsets(100, [0.1, 0.104, 1.0, 1.0], [3])
    assert [(each.fraction, len(each.rows)) for each in subsets] == [(0.1, 10), (1.0, 100)]


@pytest.mark.parametrize("fractions", [[1.0], [0.5, 0.5], [0.0, 1.0], [0.5, 1.5], [0.001, 1.0]])
def test_fractions_that_make_no_curve_are_refused(fractions):
    with pytest.raises(InkpipeError, match="at least two different fractions"):
        nested_subsets(40, fractions, [1])
