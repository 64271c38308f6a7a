from __future__ import annotations

import cv2
import numpy as np
import pytest

from inkpipe.imaging.features import (
    DIRECTIONS,
    HOG_BINS,
    HOG_SIZE,
    SPLINE_CHANNELS,
    SPLINE_SIZE,
    ZONES,
    hog,
    spline,
)


def stroke(*points, height=32, width=256, thick=2):
    image = np.full((height, width), 255, np.uint8)
    return cv2.polylines(image, [np.array(points)], False, 0, thick, cv2.LINE_AA)


@pytest.mark.parametrize(("feature", "size"), [(hog, HOG_SIZE), (spline, SPLINE_SIZE)])
@pytest.mark.parametrize(("height", "width"), [(32, 256), (60, 128), (8, 16), (41, 101)])
def test_one_vector_a_frame_of_four_pixels(feature, size, height, width):
    described = feature(stroke((3, 3), (12, 7), height=height, width=width))
    assert described.shape == (size, width // 4)
    assert described.dtype == np.uint8
    assert described.any()


@pytest.mark.parametrize("feature", [hog, spline])
def test_paper_is_zero_and_ink_shows_only_where_it_is(feature):
    assert not feature(np.full((32, 256), 255, np.uint8)).any()
    frames = np.flatnonzero(feature(stroke((100, 8), (100, 24))).any(axis=0))
    assert frames.min() >= 23
    assert frames.max() <= 27


@pytest.mark.parametrize(
    ("ends", "direction"),
    [(((100, 4), (100, 28)), 0), (((80, 16), (120, 16)), HOG_BINS // 2)],
    ids=["vertical", "horizontal"],
)
def test_hog_tells_the_gradients_direction(ends, direction):
    by_bin = hog(stroke(*ends)).reshape(ZONES, HOG_BINS, -1)[:, :, 25].astype(int).sum(axis=0)
    assert np.argmax(by_bin) == direction


@pytest.mark.parametrize(
    ("ends", "direction"),
    [
        (((80, 16), (120, 16)), 0),
        (((90, 6), (110, 26)), 1),
        (((100, 4), (100, 28)), 2),
        (((90, 26), (110, 6)), 3),
    ],
    ids=["-", "down", "|", "up"],
)
def test_spline_tells_the_strokes_direction(ends, direction):
    layers = spline(stroke(*ends)).reshape(ZONES, SPLINE_CHANNELS, -1).astype(int).sum(axis=(0, 2))
    assert np.argmax(layers[:DIRECTIONS]) == direction
    assert layers[DIRECTIONS] < layers[direction] / 4  # hardly any turning


def test_spline_sees_that_a_bend_turns():
    bend = np.full((32, 256), 255, np.uint8)
    cv2.ellipse(bend, (100, 16), (8, 8), 0, 0, 270, 0, 2)
    turning = spline(bend).reshape(ZONES, SPLINE_CHANNELS, -1)[:, DIRECTIONS].astype(int).sum()
    straight = spline(stroke((80, 16), (118, 16))).reshape(ZONES, SPLINE_CHANNELS, -1)[:, DIRECTIONS].astype(int).sum()
    assert turning > 3 * straight


def test_contrast_hardly_matters():
    dark, pale = stroke((90, 6), (110, 26)), 255 - (255 - stroke((90, 6), (110, 26))) // 2
    assert np.abs(hog(dark).astype(int) - hog(pale)).max() < 40
    assert np.abs(spline(dark).astype(int) - spline(pale)).max() < 40
