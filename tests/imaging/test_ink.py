from __future__ import annotations

import numpy as np
import pytest

from inkpipe.imaging.ink import FAINT, HALF, INK_LEVEL, MIN_CONTRAST, bounding_box, mask, points


@pytest.mark.parametrize("background", [255, 180])
def test_mask_is_one_on_ink_and_zero_on_background(canvas, background):
    image = np.minimum(canvas().name().image, background)
    expected = (canvas().name().image == 0).astype(np.uint8)
    np.testing.assert_array_equal(mask(image), expected)


def test_faint_handwriting_beside_black_print_is_ink(canvas):
    image = canvas().label(10, 10).block(60, 30, 40, 3, level=180).image
    assert mask(image, FAINT)[31, 70] == 1
    assert mask(image, HALF)[31, 70] == 0


def test_half_contrast_keeps_the_true_width_of_a_stroke_with_gray_edges(canvas):
    image = canvas().block(20, 10, 100, 1, level=150).block(20, 11, 100, 4).block(20, 15, 100, 1, level=150).image
    assert mask(image, FAINT)[:, 50].sum() == 6
    assert mask(image, HALF)[:, 50].sum() == 4


@pytest.mark.parametrize("contrast", [0, 1, MIN_CONTRAST - 1])
def test_an_image_of_low_contrast_has_no_ink(canvas, contrast):
    assert not mask(canvas().block(10, 10, 50, 5, level=255 - contrast).image).any()


def test_contrast_from_the_limit_on_counts_as_ink(canvas):
    assert mask(canvas().block(10, 10, 50, 5, level=255 - MIN_CONTRAST).image).sum() == 250


def test_mask_ignores_a_few_pixels_darker_than_the_ink(canvas):
    image = canvas().block(10, 10, 50, 5, level=100).block(100, 40, 2, 2, level=0).image
    assert mask(image).sum() == 250 + 4


def test_points_are_x_and_y_of_each_pixel(canvas):
    ink = mask(canvas().block(3, 5, 2, 1).block(9, 7, 1, 1).image)
    assert points(ink).tolist() == [[3, 5], [4, 5], [9, 7]]
    assert points(np.zeros((4, 4), np.uint8)).shape == (0, 2)


def test_bounding_box_excludes_right_and_bottom(canvas):
    assert bounding_box(canvas().block(3, 5, 20, 1).block(9, 7, 30, 4).image) == (3, 5, 39, 11)


def test_bounding_box_leaves_out_what_is_lighter_than_ink(canvas):
    assert bounding_box(canvas().block(3, 5, 20, 10, level=INK_LEVEL).image) is None
    assert bounding_box(canvas().block(3, 5, 20, 10, level=INK_LEVEL - 1).image) == (3, 5, 23, 15)
