from __future__ import annotations

import cv2
import numpy as np
import pytest

from inkpipe.imaging.crop import crop
from inkpipe.imaging.parts import Parts


def block(image, left, top, wide, high, shade=0):
    image[top : top + high, left : left + wide] = shade


def paper(height=60, width=200):
    return np.full((height, width), 255, np.uint8)


def name(image, top=25, high=16, left=40):
    """Five solid letters."""
    for x in range(left, left + 5 * 18, 18):
        block(image, x, top, 12, high)
    return image


def test_margins_are_cut_around_all_ink_with_a_little_paper():
    cut = crop(name(paper()), "margins")
    assert cut.shape == (16 + 2 * 2, 84 + 2 * 2)
    assert (cut[:2] == 255).all()
    assert (cut[2:-2, 2] == 0).all()


def test_line_leaves_out_cut_off_neighbours_labels_page_edges_and_specks():
    image = name(paper())
    wanted = crop(image, "margins")
    for x in range(10, 190, 12):
        block(image, x, 0, 8, 4)  # the lower ends of the line above
        block(image, x, 57, 8, 3)  # the upper ends of the line below
    for x in range(40, 90, 10):
        block(image, x, 9, 7, 7)  # a printed label above
    block(image, 0, 0, 2, 60)  # the page's edge
    block(image, 180, 30, 2, 2)  # a speck
    np.testing.assert_array_equal(crop(image, "line"), wanted)


def test_a_name_that_touches_the_border_is_still_the_line():
    cut = crop(name(paper(), top=44), "line")
    assert cut.shape == (16 + 2, 88)
    assert np.count_nonzero(cut == 0) == 5 * 12 * 16


def test_accents_dots_and_hyphens_stay_with_their_line():
    image = name(paper())
    block(image, 42, 20, 6, 3)  # an accent
    block(image, 60, 20, 2, 2)  # the dot of an i
    block(image, 132, 32, 6, 2)  # a hyphen
    cut = crop(image, "line")
    assert np.count_nonzero(cut == 0) == np.count_nonzero(image == 0)


def test_faint_writing_beside_a_black_label_is_the_line():
    image = paper()
    for x in range(40, 130, 18):
        cv2.rectangle(image, (x, 25), (x + 11, 41), 180, 1)
    for x in range(40, 90, 10):
        block(image, x, 9, 7, 7)
    assert crop(image, "line").min() == 180


def label(image, left, top, letters=6, high=9):
    """A printed word: letters of one height, one pixel apart."""
    for x in range(left, left + letters * 9, 9):
        block(image, x, top, 8, high)


def colon(image, left, top, dot=2):
    block(image, left, top, dot, dot)
    block(image, left, top + 5, dot, dot)


def handwriting(image, left, top):
    """Five letters that dance on their line; returns what the reader should get of them alone."""
    for i, dy in enumerate((0, 3, -2, 2, -3)):
        block(image, left + 18 * i, top + dy, 12, 16 - dy)


def alone(left, top):
    image = paper()
    handwriting(image, left, top)
    return crop(image, "margins")


@pytest.mark.parametrize("dot", [2, 3])  # a speck, and large enough to be text
def test_a_printed_label_before_the_writing_goes_with_its_colon(dot):
    image = paper()
    label(image, 4, 28)
    colon(image, 61, 29, dot)
    handwriting(image, 90, 25)
    np.testing.assert_array_equal(crop(image, "line"), alone(90, 25))


@pytest.mark.parametrize("dot", [2, 3])
def test_a_colon_ends_a_label_whose_letters_run_together(dot):
    image = paper()
    block(image, 4, 28, 40, 9)
    colon(image, 47, 29, dot)
    handwriting(image, 75, 25)
    np.testing.assert_array_equal(crop(image, "line"), alone(75, 25))


def test_writing_as_tight_and_even_as_print_stays_where_no_gap_follows():
    image = paper()
    label(image, 10, 25, letters=4, high=16)
    handwriting(image, 48, 25)
    assert np.count_nonzero(crop(image, "line") == 0) == np.count_nonzero(image == 0)


def test_a_word_after_a_gap_stays_as_most_of_the_writing_is_no_label():
    image = paper()
    handwriting(image, 5, 25)
    colon(image, 100, 30)  # two specks
    block(image, 130, 24, 12, 16)
    cut = crop(image, "line")
    assert cut.shape[1] == 137 + 2 * round(0.15 * (41 - 22))


def test_print_is_not_the_line_though_there_is_more_of_it():
    image = paper()
    handwriting(image, 40, 20)
    label(image, 10, 44, letters=19, high=12)
    np.testing.assert_array_equal(crop(image, "line"), alone(40, 20))


def test_print_alone_is_the_line():
    image = paper()
    label(image, 10, 20)
    assert np.count_nonzero(crop(image, "line") == 0) == 6 * 8 * 9


def test_the_lower_of_two_lines_that_are_both_cut_off_is_the_line():
    image = paper(height=36)
    for x in range(20, 180, 18):
        block(image, x, 0, 12, 13)
    for i, x in enumerate(range(60, 150, 18)):
        block(image, x, 22 + i % 3, 12, 14 - i % 3)
    assert crop(image, "line").shape[1] == 84 + 2 * 2


@pytest.mark.parametrize(
    ("letters", "gap", "step", "printed"),
    [(3, 1, 0, True), (3, 2, 1, True), (3, 4, 0, False), (3, 1, 2, False), (2, 1, 0, False)],
)
def test_print_is_known_by_its_closeness_evenness_and_length(letters, gap, step, printed):
    image = paper()
    for i in range(letters):
        block(image, 20 + i * (8 + gap), 20 + step * (i % 2), 8, 9)
    assert Parts(image).printed.tolist() == [False] + [printed] * letters


@pytest.mark.parametrize("method", ["margins", "line"])
@pytest.mark.parametrize("shade", [0, 130, 255])
def test_without_text_nothing_is_cut(method, shade):
    image = paper()
    image[:] = shade
    np.testing.assert_array_equal(crop(image, method), image)


def test_none_changes_nothing():
    assert crop(image := name(paper()), "none") is image


def test_parts_know_their_boxes():
    parts = Parts(name(paper()))
    assert parts.left.tolist()[1:] == [40, 58, 76, 94, 112]
    assert set(parts.top[1:].tolist()) == {25}
    assert set(parts.bottom[1:].tolist()) == {41}
    assert parts.line().tolist() == [False] + [True] * 5
