from __future__ import annotations

import cv2
import numpy as np
import pytest

from inkpipe.imaging.features import ZONES
from inkpipe.imaging.spline import DIRECTIONS, SPLINE_CHANNELS, spline


def channel(image, number):
    return spline(image).reshape(ZONES, SPLINE_CHANNELS, -1)[:, number].astype(int)


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
def test_the_fullest_channel_is_the_direction_of_the_stroke(stroke, ends, direction):
    layers = spline(stroke(*ends)).reshape(ZONES, SPLINE_CHANNELS, -1).astype(int).sum(axis=(0, 2))
    assert np.argmax(layers[:DIRECTIONS]) == direction
    assert layers[DIRECTIONS] < layers[direction] / 4  # hardly any turning


def test_a_bend_turns_more_than_a_straight_stroke(stroke):
    bend = np.full((32, 256), 255, np.uint8)
    cv2.ellipse(bend, (100, 16), (8, 8), 0, 0, 270, 0, 2)
    straight = stroke((80, 16), (118, 16))
    assert channel(bend, DIRECTIONS).sum() > 3 * channel(straight, DIRECTIONS).sum()


def test_ends_are_counted_where_a_stroke_ends(stroke):
    ends = channel(stroke((80, 16), (120, 16)), DIRECTIONS + 1).sum(axis=0)
    assert {20, 30} <= set(np.flatnonzero(ends).tolist())
    assert not ends[23:28].any()
