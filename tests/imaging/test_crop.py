from __future__ import annotations

import cv2
import numpy as np
import pytest

from inkpipe.imaging.crop import crop


def ink_count(image):
    return np.count_nonzero(image == 0)


def test_margins_are_cut_around_all_ink_with_a_little_background(canvas):
    cut = crop(canvas().name().image, "margins")
    assert cut.shape == (16 + 2 * 2, 84 + 2 * 2)
    assert (cut[:2] == 255).all()
    assert (cut[2:-2, 2] == 0).all()


def test_line_removes_cut_off_neighbors_labels_page_edges_and_specks(canvas):
    page = canvas().name()
    expected = crop(page.image, "margins")
    for x in range(10, 190, 12):
        page.block(x, 0, 8, 4)  # the lower ends of the line above
        page.block(x, 57, 8, 3)  # the upper ends of the line below
    for x in range(40, 90, 10):
        page.block(x, 9, 7, 7)  # a printed label above
    page.block(0, 0, 2, 60)  # the edge of the page
    page.block(180, 30, 2, 2)  # a speck
    np.testing.assert_array_equal(crop(page.image, "line"), expected)


def test_erasing_takes_the_gray_fringe_of_strokes_too(canvas):
    page = canvas().name()
    expected = crop(page.image, "margins")
    page.block(47, 0, 20, 9, level=230).block(48, 0, 18, 8)  # print above, with edges too light for the mask
    assert crop(page.image, "margins").shape != expected.shape
    np.testing.assert_array_equal(crop(page.image, "line"), expected)


def test_a_name_that_touches_the_border_is_still_the_line(canvas):
    cut = crop(canvas().name(top=44).image, "line")
    assert cut.shape == (16 + 2, 88)
    assert ink_count(cut) == 5 * 12 * 16


def test_accents_dots_and_hyphens_stay_with_their_line(canvas):
    page = canvas().name()
    page.block(42, 20, 6, 3)  # an accent
    page.block(60, 20, 2, 2)  # the dot of an i
    page.block(132, 32, 6, 2)  # a hyphen
    assert ink_count(crop(page.image, "line")) == ink_count(page.image)


def test_faint_handwriting_beside_a_black_label_is_the_line(canvas):
    page = canvas()
    for x in range(40, 130, 18):
        cv2.rectangle(page.image, (x, 25), (x + 11, 41), 180, 1)
    for x in range(40, 90, 10):
        page.block(x, 9, 7, 7)
    assert crop(page.image, "line").min() == 180


@pytest.mark.parametrize("dot", [2, 3])  # a speck, and large enough to be text
def test_a_printed_label_before_the_handwriting_is_removed_with_its_colon(canvas, dot):
    page = canvas().label(4, 28).colon(61, 29, dot).handwriting(90, 25)
    np.testing.assert_array_equal(crop(page.image, "line"), crop(canvas().handwriting(90, 25).image, "margins"))


@pytest.mark.parametrize("dot", [2, 3])
def test_a_colon_ends_a_label_whose_letters_touch(canvas, dot):
    page = canvas().block(4, 28, 40, 9).colon(47, 29, dot).handwriting(75, 25)
    np.testing.assert_array_equal(crop(page.image, "line"), crop(canvas().handwriting(75, 25).image, "margins"))


def test_handwriting_as_close_and_even_as_print_stays_where_no_gap_follows(canvas):
    page = canvas().label(10, 25, letters=4, height=16).handwriting(48, 25)
    assert ink_count(crop(page.image, "line")) == ink_count(page.image)


def test_a_word_after_a_gap_stays_because_most_of_the_handwriting_is_no_label(canvas):
    page = canvas().handwriting(5, 25)
    page.colon(100, 30)  # two specks
    page.block(130, 24, 12, 16)
    cut = crop(page.image, "line")
    assert cut.shape[1] == 137 + 2 * round(0.15 * (41 - 22))


def test_print_is_not_the_line_though_there_is_more_of_it(canvas):
    page = canvas().handwriting(40, 20).label(10, 44, letters=19, height=12)
    np.testing.assert_array_equal(crop(page.image, "line"), crop(canvas().handwriting(40, 20).image, "margins"))


def test_print_alone_is_the_line(canvas):
    assert ink_count(crop(canvas().label(10, 20).image, "line")) == 6 * 8 * 9


def test_the_lower_of_two_lines_that_are_both_cut_off_is_the_line(canvas):
    page = canvas(height=36)
    for x in range(20, 180, 18):
        page.block(x, 0, 12, 13)
    for i, x in enumerate(range(60, 150, 18)):
        page.block(x, 22 + i % 3, 12, 14 - i % 3)
    assert crop(page.image, "line").shape[1] == 84 + 2 * 2


@pytest.mark.parametrize("method", ["margins", "line"])
@pytest.mark.parametrize("level", [0, 130, 255])
def test_without_text_nothing_is_cut(canvas, method, level):
    image = canvas().image
    image[:] = level
    np.testing.assert_array_equal(crop(image, method), image)


def test_none_changes_nothing(canvas):
    assert crop(image := canvas().name().image, "none") is image
