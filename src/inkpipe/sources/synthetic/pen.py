"""A pen on paper: strokes with a width at every sample become ink on a supersampled canvas."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

SCALE = 4  # canvas pixels for one pixel of the image
GROWTH = 1.0  # canvas pixels by which OpenCV fills more than a polygon's area, on both sides together
CAP = 0.35  # line widths by which a piece of a line reaches beyond its ends, so that corners close and ends look round
SHIFT = 3  # fractional bits of the coordinates that are handed to OpenCV


class Strokes(NamedTuple):
    """What a hand does.

    Attributes:
        points: (n, 2) path in image pixels, x right and y down.
        width: (n,) width of the line in image pixels; 0 where the pen leaves no ink.
        stroke: (n,) index of the sample's stroke, in writing order.
    """

    points: NDArray[np.float32]
    width: NDArray[np.float32]
    stroke: NDArray[np.intp]


def blank(height: int, width: int) -> NDArray[np.uint8]:
    """A canvas without ink for an image of that size: (height * SCALE, width * SCALE), uint8, 255 is ink."""
    return np.zeros((height * SCALE, width * SCALE), np.uint8)


def draw(canvas: NDArray[np.uint8], strokes: Strokes) -> None:
    """Draw the strokes on a canvas in place: one quadrilateral between neighbouring samples, as wide as the line is."""
    points, width = strokes.points * SCALE + (SCALE - 1) / 2, np.maximum(strokes.width * SCALE - GROWTH, 0.0)
    joined = (strokes.stroke[1:] == strokes.stroke[:-1]) & (strokes.width[1:] > 0) & (strokes.width[:-1] > 0)
    starts = np.flatnonzero(joined)
    along = points[starts + 1] - points[starts]
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-3)[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / 2
    before, after = width[starts, None], width[starts + 1, None]
    head, tail = points[starts] - along * before * CAP, points[starts + 1] + along * after * CAP
    corners = [head + across * before, tail + across * after, tail - across * after, head - across * before]
    quads = np.rint(np.stack(corners, axis=1) * (1 << SHIFT)).astype(np.int32)
    for quad in quads:
        cv2.fillConvexPoly(canvas, quad, 255, cv2.LINE_8, SHIFT)
