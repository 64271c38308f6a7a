from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.imaging.resize import fit, fitting_scale, fitting_size, limit, most_columns


def test_an_image_of_the_right_size_is_not_changed():
    image = np.random.default_rng(0).integers(0, 256, (32, 256), np.uint8)
    np.testing.assert_array_equal(fit(image, 32, 256), image)


def test_shrinking_averages_areas():
    image = np.zeros((64, 512), np.uint8)
    image[::2] = 200
    np.testing.assert_array_equal(fit(image, 32, 256), np.full((32, 256), 100))


def test_text_stands_left_and_centered_on_background():
    sized = fit(np.zeros((20, 512), np.uint8), 32, 256)
    inked = np.argwhere(sized == 0)
    assert inked.min(axis=0).tolist() == [11, 0]
    assert inked.max(axis=0).tolist() == [20, 255]
    narrow = fit(np.zeros((64, 20), np.uint8), 32, 256)
    assert np.flatnonzero((narrow == 0).all(axis=0)).tolist() == list(range(10))
    assert (narrow[:, 10:] == 255).all()


def test_small_images_are_enlarged_at_most_twice():
    sized = fit(np.zeros((4, 10), np.uint8), 32, 256)
    assert np.argwhere(sized == 0).max(axis=0).tolist() == [19, 19]
    assert np.count_nonzero(sized == 0) == 8 * 20


@given(st.integers(1, 300), st.integers(1, 3000), st.integers(8, 80), st.integers(16, 400))
def test_aspect_is_kept(rows, columns, height, width):
    sized = fit(np.zeros((rows, columns), np.uint8), height, width)
    assert sized.shape == (height, width)
    inked = np.argwhere(sized == 0)
    high, wide = inked.max(axis=0) - inked.min(axis=0) + 1
    scale = fitting_scale((rows, columns), height, width)
    assert high == pytest.approx(rows * scale, abs=1)
    assert wide == pytest.approx(columns * scale, abs=1)


def test_photographs_are_limited_and_scans_are_not():
    assert limit(np.zeros((400, 8192), np.uint8), 32, 256).shape == (50, 1024)
    assert limit(np.zeros((72, 388), np.uint8), 32, 256).shape == (72, 388)


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(0, 40), st.integers(0, 40))
def test_no_crop_leaves_more_columns_than_most_columns(height, width, rows, columns):
    cropped = (max(1, height - rows), max(1, width - columns))
    assert fitting_size(cropped, 32, 256)[1] <= most_columns(np.array([width]), 256)[0]
