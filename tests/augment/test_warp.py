from __future__ import annotations

import numpy as np
import pytest

from inkpipe.augment.warp import Warp, noise, rotate, speed


def dot(x: int, y: int, height: int = 32, width: int = 128) -> np.ndarray:
    image = np.full((height, width), 255, np.uint8)
    image[y - 1 : y + 2, x - 1 : x + 2] = 0
    return image


def centre(image: np.ndarray) -> np.ndarray:
    weights = 255.0 - image
    y, x = np.indices(image.shape)
    return np.array([(x * weights).sum(), (y * weights).sum()]) / weights.sum()


@pytest.mark.parametrize("shape", [(32, 256), (40, 256), (33, 131), (8, 16)])
def test_no_motion_is_exact(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    motion = Warp(*shape)
    motion.transform(1, 0, 0, 1)
    np.testing.assert_array_equal(motion.apply(image), image)


def test_shift_moves_by_as_much_as_it_says():
    motion = Warp(32, 128)
    motion.shift, motion.moved = (7.0, -3.0), True
    np.testing.assert_array_equal(motion.apply(dot(40, 16)), dot(47, 13))


def test_shift_stops_at_the_border():
    motion = Warp(32, 128)
    motion.shift, motion.moved = (-500.0, 500.0), True
    np.testing.assert_array_equal(motion.apply(dot(40, 16)), dot(1, 30))


def test_linear_maps_turn_about_the_inks_centre():
    image = np.minimum(dot(20, 16), dot(60, 16))
    motion = Warp(32, 128)
    motion.transform(1, 0, -0.1, 1)  # y falls by a tenth of x: the right rises
    left, right = np.split(motion.apply(image), [40], axis=1)
    assert centre(left) == pytest.approx([20, 18], abs=0.1)
    assert centre(right) == pytest.approx([20, 14], abs=0.1)


def test_maps_compose_in_their_order():
    motion = Warp(32, 128)
    motion.transform(2, 0, 0, 1)
    motion.transform(1, 0.5, 0, 1)
    assert motion.linear == (2, 0.5, 0, 1)


def test_too_large_a_motion_is_shrunk_to_the_canvas():
    image = np.minimum(dot(1, 1), dot(126, 30))
    motion = Warp(32, 128)
    motion.transform(3, 0, 0, 3)
    np.testing.assert_array_equal(motion.apply(image), image)


def test_displacement_fades_at_the_borders():
    motion = Warp(32, 128)
    motion.displace(np.full((2, motion.rows, motion.columns), 2.0, np.float32))
    moved = motion.apply(np.minimum(dot(64, 16), dot(1, 1)))
    assert centre(moved[8:]) == pytest.approx([62, 14 - 8], abs=0.1)
    assert centre(moved[:4, :4]) == pytest.approx([1, 1], abs=0.3)


def test_speed_keeps_the_length_of_the_line():
    motion = Warp(32, 256)
    speed(motion, np.random.default_rng(3), 0.2)
    along, across = motion.field
    assert along[0, -1] == pytest.approx(0, abs=1e-3)
    assert np.abs(np.diff(along)).max() <= 2 * 0.25 * 4
    assert not across.any()


def test_rotation_is_within_its_strength():
    for seed in range(50):
        motion = Warp(32, 256)
        rotate(motion, np.random.default_rng(seed), 2.0)
        assert abs(np.degrees(np.arctan2(motion.linear[1], motion.linear[0]))) <= 2.0


def test_noise_is_smooth_and_bounded():
    field = noise(np.random.default_rng(0), 64, 512, 16)
    assert field.shape == (64, 512)
    assert field.dtype == np.float32
    assert np.abs(field).max() < 1.5
    assert np.abs(np.diff(field)).max() < 0.3
    assert field.std() > 0.3


def test_blank_paper_stays_blank():
    motion = Warp(32, 128)
    rotate(motion, np.random.default_rng(0), 10)
    blank = np.full((32, 128), 255, np.uint8)
    np.testing.assert_array_equal(motion.apply(blank), blank)
