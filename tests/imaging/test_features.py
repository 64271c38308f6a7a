from __future__ import annotations

import numpy as np
import pytest

from inkpipe.imaging.features import ZONES, quantize, window_means
from inkpipe.imaging.hog import HOG_SIZE, hog
from inkpipe.imaging.spline import SPLINE_SIZE, spline


@pytest.mark.parametrize(("feature", "size"), [(hog, HOG_SIZE), (spline, SPLINE_SIZE)])
@pytest.mark.parametrize(("height", "width"), [(32, 256), (60, 128), (8, 16), (41, 101)])
def test_one_vector_a_frame_of_four_pixels(stroke, feature, size, height, width):
    described = feature(stroke((3, 3), (12, 7), height=height, width=width))
    assert described.shape == (size, width // 4)
    assert described.dtype == np.uint8
    assert described.any()


@pytest.mark.parametrize("feature", [hog, spline])
def test_background_is_zero_and_ink_shows_only_where_it_is(stroke, feature):
    assert not feature(np.full((32, 256), 255, np.uint8)).any()
    frames = np.flatnonzero(feature(stroke((100, 8), (100, 24))).any(axis=0))
    assert frames.min() >= 23
    assert frames.max() <= 27


def test_contrast_hardly_matters(stroke):
    dark, pale = stroke((90, 6), (110, 26)), 255 - (255 - stroke((90, 6), (110, 26))) // 2
    assert np.abs(hog(dark).astype(int) - hog(pale)).max() < 40
    assert np.abs(spline(dark).astype(int) - spline(pale)).max() < 40


def test_window_means_overlap_by_half():
    layers = np.zeros((2, 32, 40), np.float32)
    layers[1, 12:16, 20:24] = 16  # all of zone 3 of frame 5
    means = window_means(layers).reshape(ZONES, 2, 10)
    assert not means[:, 0].any()
    np.testing.assert_allclose(means[2:5, 1, 4:7], [[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    assert means.sum() == pytest.approx(16)


def test_values_are_stored_by_their_square_roots():
    assert quantize(np.array([-1, 0, 0.25, 1, 9])).tolist() == [0, 0, 128, 255, 255]
