from __future__ import annotations

import numpy as np
import pytest

from inkpipe.augment.geometry import rotation
from inkpipe.augment.warp import Warp


def dot(x, y, height=32, width=128):
    image = np.full((height, width), 255, np.uint8)
    image[y - 1 : y + 2, x - 1 : x + 2] = 0
    return image


def center(image):
    weights = 255.0 - image
    y, x = np.indices(image.shape)
    return np.array([(x * weights).sum(), (y * weights).sum()]) / weights.sum()


@pytest.mark.parametrize("shape", [(32, 256), (40, 256), (33, 131), (8, 16)])
def test_no_motion_is_exact(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    warp = Warp(*shape)
    warp.transform(1, 0, 0, 1)
    np.testing.assert_array_equal(warp.apply(image), image)


def test_a_shift_moves_ink_by_its_pixels():
    warp = Warp(32, 128)
    warp.translate(7.0, -3.0)
    np.testing.assert_array_equal(warp.apply(dot(40, 16)), dot(47, 13))


def test_a_shift_stops_at_the_border():
    warp = Warp(32, 128)
    warp.translate(-500.0, 500.0)
    np.testing.assert_array_equal(warp.apply(dot(40, 16)), dot(1, 30))


def test_linear_maps_turn_about_the_center_of_the_ink():
    image = np.minimum(dot(20, 16), dot(60, 16))
    warp = Warp(32, 128)
    warp.transform(1, 0, -0.1, 1)  # y falls by a tenth of x: the right rises
    left, right = np.split(warp.apply(image), [40], axis=1)
    assert center(left) == pytest.approx([20, 18], abs=0.1)
    assert center(right) == pytest.approx([20, 14], abs=0.1)


def test_maps_compose_in_their_order():
    warp = Warp(32, 128)
    warp.transform(2, 0, 0, 1)
    warp.transform(1, 0.5, 0, 1)
    assert warp.linear == (2, 0.5, 0, 1)


def test_too_large_a_motion_is_shrunk_to_the_canvas():
    image = np.minimum(dot(1, 1), dot(126, 30))
    warp = Warp(32, 128)
    warp.transform(3, 0, 0, 3)
    np.testing.assert_array_equal(warp.apply(image), image)


def test_displacement_fades_at_the_borders():
    warp = Warp(32, 128)
    warp.displace(np.full((2, warp.rows, warp.columns), 2.0, np.float32))
    moved = warp.apply(np.minimum(dot(64, 16), dot(1, 1)))
    assert center(moved[8:]) == pytest.approx([62, 14 - 8], abs=0.1)
    assert center(moved[:4, :4]) == pytest.approx([1, 1], abs=0.3)


def test_a_blank_image_stays_blank():
    warp = Warp(32, 128)
    rotation(warp, np.random.default_rng(0), 10)
    blank = np.full((32, 128), 255, np.uint8)
    np.testing.assert_array_equal(warp.apply(blank), blank)


def test_without_a_motion_the_result_is_a_copy():
    image = dot(40, 16)
    moved = Warp(32, 128).apply(image)
    np.testing.assert_array_equal(moved, image)
    assert not np.shares_memory(moved, image)
