import numpy as np
import pytest

from inkpipe.imaging.components import find_components
from inkpipe.imaging.crop import crop, crop_measured
from inkpipe.imaging.joined_letters import text_columns
from inkpipe.imaging.text_line import find_text_line


def columns(page):
    components = find_components(page.image)
    return text_columns(components, find_text_line(components))


@pytest.fixture
def cell(canvas):
    """A tall cell with a number of three digits and the cut-off numbers of its neighbors; 60 x 120 pixels."""
    page = canvas(height=120, width=60)
    for left in (10, 22, 34):
        page.block(left, 50, 9, 18).block(left, 0, 9, 6).block(left, 114, 9, 6)
    return page


def test_a_digit_that_touches_the_border_of_its_cell_stays(cell):
    assert columns(cell) == (10, 43)
    cell.block(56, 0, 2, 120).block(46, 50, 10, 18)  # a ruled line, and a fourth digit joined to it
    assert columns(cell) == (10, 58)
    np.testing.assert_array_equal(crop(cell.image, "line"), cell.image[47:71, 7:60])
    assert crop_measured(cell.image, "line").kept_width == 1.0


def test_a_digit_may_cross_the_border_at_the_left(cell):
    cell.block(4, 0, 2, 120).block(1, 50, 8, 18)
    assert columns(cell) == (1, 43)


@pytest.mark.parametrize(
    "block",
    [
        (50, 0, 2, 120),  # a ruled line alone
        (48, 0, 9, 120),  # the edge of the page, as wide as a digit
    ],
)
def test_bars_without_a_digit_are_left_out(cell, block):
    assert columns(cell.block(*block)) == (10, 43)


def test_a_sloping_ruled_line_is_no_digit(cell):
    for top in range(0, 120, 10):
        cell.block(48 + top // 10, top, 3, 10)
    assert columns(cell) == (10, 43)


def test_a_digit_of_another_cell_far_beside_the_number_is_left_out(canvas):
    page = canvas(height=120, width=200)
    for left in (10, 22, 34):
        page.block(left, 50, 9, 18)
    page.block(120, 0, 2, 120).block(122, 50, 10, 18)
    assert columns(page) == (10, 43)
