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
