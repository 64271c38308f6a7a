from __future__ import annotations

import numpy as np
import pytest

from inkpipe.imaging.components import find_components
from inkpipe.imaging.printed import handwriting_start, printed_letters


@pytest.mark.parametrize(
    ("letters", "gap", "step", "printed"),
    [(3, 1, 0, True), (3, 2, 1, True), (3, 4, 0, False), (3, 1, 2, False), (2, 1, 0, False)],
)
def test_print_has_close_and_even_letters_and_is_wide(canvas, letters, gap, step, printed):
    page = canvas()
    for i in range(letters):
        page.block(20 + i * (8 + gap), 20 + step * (i % 2), 8, 9)
    assert printed_letters(find_components(page.image)).tolist() == [False] + [printed] * letters


def test_letters_cut_off_by_the_border_are_not_taken_for_print(canvas):
    page = canvas()
    for x in range(20, 80, 9):
        page.block(x, 0, 8, 9)
    assert not printed_letters(find_components(page.image)).any()


@pytest.mark.parametrize(("top", "shift", "printed"), [(20, 0, True), (22, 0, False), (20, 12, False)])
def test_a_short_word_between_print_and_as_even_is_print_too(canvas, top, shift, printed):
    page = canvas(width=240).label(20, 20)
    page.block(81 + shift, top, 8, 9).block(90 + shift, top, 8, 9).label(106 + 2 * shift, 20)
    components = find_components(page.image)
    found = components.left[printed_letters(components)]
    assert ({81 + shift, 90 + shift} <= {*found.tolist()}) is printed
    assert len(found) == 12 + 2 * printed


def test_an_image_without_ink_has_no_print(canvas):
    assert printed_letters(find_components(canvas().image)).tolist() == [False]


def start(page):
    components = find_components(page.image)
    line = np.flatnonzero(components.solid)
    return handwriting_start(components, line, printed_letters(components), top=25, bottom=41)


@pytest.mark.parametrize("dot", [2, 3])
def test_handwriting_starts_after_a_label_with_a_colon(canvas, dot):
    assert start(canvas().label(4, 28).colon(61, 29, dot).handwriting(90, 25)) == 90


def test_handwriting_starts_after_print_and_a_wide_gap(canvas):
    assert start(canvas().label(4, 28).handwriting(90, 25)) == 90


@pytest.mark.parametrize(("distance", "expected"), [(9, 90), (12, 0)])
def test_a_label_that_the_border_cuts_off_is_known_by_its_close_letters_and_colon(canvas, distance, expected):
    page = canvas().colon(70, 2).handwriting(90, 3)
    for x in range(4, 60, distance):
        page.block(x, 0, 8, 9)
    assert start(page) == expected


def test_print_without_a_gap_is_no_label(canvas):
    assert start(canvas().label(4, 28).handwriting(70, 25)) == 0


@pytest.mark.parametrize(("distance", "expected"), [(8, 0), (12, 90)])
def test_a_gap_with_faint_ink_ends_no_label(canvas, distance, expected):
    page = canvas().label(4, 28).handwriting(90, 25)
    for x in range(57 + distance // 2, 90, distance):
        page.block(x, 32, 1, 2)
    assert start(page) == expected


def test_a_colon_within_the_handwriting_ends_no_label(canvas):
    assert start(canvas().handwriting(5, 25).colon(100, 30, 3).block(130, 24, 12, 16)) == 0


def test_two_pieces_of_a_faint_stroke_are_no_colon(canvas):
    page = canvas().handwriting(5, 25).block(100, 28, 2, 3).block(100, 33, 1, 2)
    assert start(page.handwriting(130, 25)) == 0


def test_handwriting_without_a_label_starts_at_the_left(canvas):
    assert start(canvas().handwriting(90, 25)) == 0
