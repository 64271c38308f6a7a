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


def test_page_edges_and_rotated_print_at_a_side_do_not_decide_on_lines(canvas):
    expected, _ = line_of(canvas(height=36).handwriting(40, 17))
    page = canvas(height=36).handwriting(40, 17)
    page.block(2, 0, 2, 36).block(194, 0, 9, 36)
    for x in range(10, 180, 12):
        page.block(x, 0, 8, 5)  # the lower ends of the line above
    line, _ = line_of(page)
    np.testing.assert_array_equal(line, expected)


def test_a_line_cut_off_by_the_border_keeps_its_low_letters(canvas):
    page = canvas(height=36)
    for i, x in enumerate(range(40, 148, 18)):
        page.block(x, 22 + 4 * (i % 2), 12, 14 - 4 * (i % 2))
    page.block(150, 31, 8, 5)
    line, ink = line_of(page)
    np.testing.assert_array_equal(line, ink)


def test_letters_of_a_sloping_line_that_reach_the_border_stay(canvas):
    page = canvas(height=36)
    for i, x in enumerate(range(40, 148, 18)):
        page.block(x, 18 + i, 12, 13)
    line, ink = line_of(page)
    np.testing.assert_array_equal(line, ink)


def test_fragments_and_faint_ink_beside_the_letters_stay_and_far_specks_do_not(canvas):
    page = canvas().handwriting(60, 25)
    fragment, speck = (44, 30, 3, 2), (4, 30, 3, 2)
    page.block(*fragment).block(*speck)
    line, _ = line_of(page)
    assert line[30, 44]
    assert not line[30, 4]


def test_a_line_with_a_whole_label_wins_over_a_taller_one_whose_label_is_cut_off(canvas):
    page = canvas(height=40).label(4, 0, letters=6, height=6).handwriting(75, 0)
    page.label(4, 26, letters=4, height=9).colon(42, 28)
    for x in range(60, 130, 18):
        page.block(x, 27, 10, 13)
    line, _ = line_of(page)
    assert not line[:20].any()
    assert line[30, 62]


def test_letters_as_even_as_print_are_handwriting_after_a_colon(canvas):
    page = canvas().label(4, 28).colon(61, 29).label(80, 25, letters=5, height=14)
    line, ink = line_of(page)
    np.testing.assert_array_equal(line, ink & (np.arange(ink.shape[1]) >= 80))


def rising(page):
    """Words that rise along their line by more than the height of a letter."""
    for i, x in enumerate(range(10, 610, 20)):
        page.block(x, 36 - i, 12, 14)


def ruled(page):
    """Words on a rule that joins their letters, from border to border, and the dots of two i."""
    page.block(0, 38, 640, 2).block(10, 0, 6, 40)
    for x in range(30, 610, 20):
        page.block(x, 12, 12, 28)
    page.block(55, 4, 4, 4).block(135, 4, 4, 4).block(215, 4, 4, 4)


def even(page):
    """A word as even as print, then others, between which fragments make the usual letter look low."""
    page.label(10, 16, height=14)
    for x in range(82, 600, 30):
        page.block(x, 12 + x % 4, 18, 22).block(x + 22, 24, 4, 3).block(x + 22, 30, 4, 3)


@pytest.mark.parametrize("writing", [rising, ruled, even])
def test_nothing_of_running_text_is_cut(canvas, writing):
    page = canvas(height=40 if writing is ruled else 60, width=640)
    writing(page)
    line, ink = line_of(page)
    np.testing.assert_array_equal(line, ink)


def test_a_name_with_clutter_far_beside_it_is_no_running_text(canvas):
    page = canvas(width=640).handwriting(40, 25).block(600, 54, 8, 6)
    line, ink = line_of(page)
    np.testing.assert_array_equal(line, ink & (np.arange(640) < 200))
