from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inkpipe.imaging.skeleton import count_neighbors, skeleton


@pytest.mark.parametrize("width", [1, 3, 5, 9])
def test_a_bar_becomes_its_center_line(width):
    bar = np.zeros((21, 60), np.uint8)
    bar[10 - width // 2 : 10 + width // 2 + 1, 10:50] = 1
    thin = skeleton(bar)
    assert np.flatnonzero(thin.any(axis=1)).tolist() == [10]
    assert thin.sum() >= 40 - width


def test_a_ring_stays_a_ring():
    ring = cv2.circle(np.zeros((41, 41), np.uint8), (20, 20), 14, 1, 5)
    thin = skeleton(ring)
    assert (count_neighbors(thin)[thin > 0] >= 2).all()
    assert cv2.connectedComponents(1 - thin, connectivity=4)[0] == 3  # background label, inside, outside
    np.testing.assert_allclose(np.hypot(*(np.argwhere(thin) - 20).T), 14, atol=1.5)


def test_small_dots_do_not_vanish():
    dots = np.zeros((10, 20), np.uint8)
    dots[2:4, 2:4] = dots[6, 10] = dots[4:6, 15:18] = 1
    assert cv2.connectedComponents(skeleton(dots))[0] == 4


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=20), elements=st.integers(0, 1)))
def test_every_component_keeps_exactly_one_skeleton(ink):
    thin = skeleton(ink)
    assert (thin <= ink).all()
    assert cv2.connectedComponents(thin)[0] == cv2.connectedComponents(ink)[0]


def test_neighbors_are_counted_on_ink_only():
    square = np.zeros((5, 5), np.uint8)
    square[1:4, 1:4] = 1
    assert count_neighbors(square).tolist() == [[0] * 5, [0, 3, 5, 3, 0], [0, 5, 8, 5, 0], [0, 3, 5, 3, 0], [0] * 5]
