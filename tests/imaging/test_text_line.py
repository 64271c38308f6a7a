from __future__ import annotations

import numpy as np
import pytest

from inkpipe.imaging.components import find_components
from inkpipe.imaging.text_line import find_text_line


def line_of(page):
    """A mask of the pixels on the text line, and a mask of all ink."""
    components = find_components(page.image)
    return find_text_line(components)[components.labels], page.image < 255


def test_all_letters_of_a_name_are_the_line(canvas):
    assert find_text_line(find_components(canvas().name().image)).tolist() == [False] + [True] * 5


@pytest.mark.parametrize(
    ("block", "on_line"),
    [
        ((42, 20, 6, 3), True),  # an accent
        ((60, 20, 2, 2), True),  # the dot of an i
        ((132, 32, 6, 2), True),  # a hyphen
        ((60, 8, 2, 2), False),  # a speck farther than half a line height above
        ((60, 52, 6, 3), False),
    ],
)
def test_small_components_near_the_line_belong_to_it(canvas, block, on_line):
    line, _ = line_of(canvas().name().block(*block))
    left, top, *_ = block
    assert line[top, left] == on_line
    assert line[30, 45]


def test_taller_handwriting_wins(canvas):
    line, _ = line_of(canvas().handwriting(20, 36).block(20, 8, 10, 10).block(50, 9, 10, 9).block(80, 8, 10, 10))
    assert not line[:20].any()
    assert line[36:].any()


def test_handwriting_below_a_printed_label_is_the_line(canvas):
    line, ink = line_of(canvas().label(40, 6, letters=8, height=12).handwriting(40, 36))
    np.testing.assert_array_equal(line, ink & (np.arange(60)[:, None] > 25))


def test_a_whole_line_wins_over_taller_lines_cut_off_by_the_border(canvas):
    line, ink = line_of(canvas().name(top=0, height=18).handwriting(40, 26))
    np.testing.assert_array_equal(line, ink & (np.arange(60)[:, None] > 20))


def test_without_text_there_is_no_line(canvas):
    assert not find_text_line(find_components(canvas().image)).any()
    assert not find_text_line(find_components(canvas().block(20, 20, 2, 2).image)).any()
