from __future__ import annotations

import cv2
import numpy as np
import pytest

from inkpipe.augment import augment, only
from inkpipe.augment.geometry import elastic, horizontal_stretch, jitter, rotation, scaling, slant, translation
from inkpipe.augment.warp import Warp


def warped(distortion, seed, magnitude, height=32, width=256):
    warp = Warp(height, width)
    distortion(warp, np.random.default_rng(seed), magnitude)
    return warp


def test_rotation_is_within_its_magnitude():
    for seed in range(50):
        warp = warped(rotation, seed, 2.0)
        assert abs(np.degrees(np.arctan2(warp.linear[1], warp.linear[0]))) <= 2.0


def test_a_wide_canvas_is_rotated_less_so_that_its_line_rises_by_a_quarter_of_it_at_most():
    for seed in range(50):
        warp = warped(rotation, seed, 15.0, height=48, width=1024)
        assert abs(warp.linear[1]) * 1024 <= 0.25 * 48


def test_slant_is_within_its_magnitude_and_leaves_rows_where_they_are():
    for seed in range(50):
        warp = warped(slant, seed, 8.0)
        assert abs(np.degrees(np.arctan(warp.linear[1]))) <= 8.0
        assert (warp.linear[0], *warp.linear[2:]) == (1, 0, 1)


def test_scaling_is_within_its_magnitude_and_half_of_it_more_for_the_width():
    for seed in range(50):
        width, across, along, height = warped(scaling, seed, 0.2).linear
        assert 0.8 <= height <= 1.2
        assert 0.9 <= width / height <= 1.1
        assert across == along == 0


def test_translation_is_within_its_magnitude():
    shifts = np.array([warped(translation, seed, 4.0).shift for seed in range(50)])
    assert np.abs(shifts).max() <= 4
    assert np.ptp(shifts, axis=0).min() > 6


@pytest.mark.parametrize(("distortion", "most"), [(elastic, 1.5 * 3.0), (jitter, 3.0)])
def test_displacements_are_within_their_magnitude_and_differ_in_x_and_y(distortion, most):
    for seed in range(20):
        warp = warped(distortion, seed, 3.0)
        assert warp.field.shape == (2, warp.rows, warp.columns)
        assert np.abs(warp.field).max() <= most
        assert not np.array_equal(*warp.field)


def test_elastic_displacements_are_smoother_than_jitter():
    steps = [np.abs(np.diff(warped(distortion, 0, 1.0).field)).mean() for distortion in (elastic, jitter)]
    assert steps[0] < steps[1] / 2


def test_horizontal_stretch_keeps_the_length_of_the_line():
    along, across = warped(horizontal_stretch, 3, 0.2).field
    assert along[0, -1] == pytest.approx(0, abs=1e-3)
    assert np.abs(np.diff(along)).max() <= 2 * 0.25 * 4
    assert not across.any()


def test_elastic_distortion_leaves_a_text_like_itself(params, written, rng):
    """At some shift of up to 8 px the whole distorted image correlates with the original by more than 0.5."""
    image = written("A B C D E", width=256)
    for seed in range(25):
        distorted = augment(image, rng(seed), only("elastic", params))
        fit = cv2.matchTemplate(
            cv2.copyMakeBorder(distorted, 8, 8, 8, 8, cv2.BORDER_REPLICATE), image, cv2.TM_CCOEFF_NORMED
        )
        assert fit.max() > 0.5
