"""A pen: strokes with a width at every point become ink on a supersampled canvas."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkpipe.imaging.opencv import cv2

Canvas = NDArray[np.uint8]  # (height * SCALE, width * SCALE), 255 is ink

SCALE = 4  # canvas pixels for one pixel of the image; enough for smooth edges after scaling down
FILL_EXCESS = 1.0  # canvas pixels by which OpenCV fills a polygon wider than it is, both sides together
CAP_LENGTH = 0.35  # stroke widths by which a segment extends beyond its ends: corners close, ends look round
FRACTION_BITS = 3  # of the fixed-point coordinates that OpenCV takes: an eighth of a canvas pixel


class Strokes(NamedTuple):
    """The movement of a pen, as points along its path.

    Attributes:
        points: float32 (n, 2), x (right) and y (down) in pixels of the image.
        width: float32 (n,), width of the line in pixels of the image; 0 where the pen leaves no ink.
        stroke: int (n,), index of the stroke that a point belongs to, in the order of writing.
    """

    points: NDArray[np.float32]
    width: NDArray[np.float32]
    stroke: NDArray[np.intp]


def blank_canvas(height: int, width: int) -> Canvas:
    """Make a canvas without ink.

    Args:
        height: of the image, pixels.
        width: of the image, pixels.

    Returns:
        uint8 zeros (height * SCALE, width * SCALE).
    """
    return np.zeros((height * SCALE, width * SCALE), np.uint8)


def render_strokes(canvas: Canvas, strokes: Strokes) -> None:
    """Add the ink of strokes: one quadrilateral between neighboring points, as wide as the line is at each of them.

    Args:
        canvas: changed in place.
        strokes: in pixels of the image. Ink outside of the canvas is cut off.
    """
    points = strokes.points * SCALE + (SCALE - 1) / 2
    width = np.maximum(strokes.width * SCALE - FILL_EXCESS, 0.0)
    connected = (strokes.stroke[1:] == strokes.stroke[:-1]) & (strokes.width[1:] > 0) & (strokes.width[:-1] > 0)
    starts = np.flatnonzero(connected)
    along = points[starts + 1] - points[starts]
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-3)[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / 2
    before, after = width[starts, None], width[starts + 1, None]
    head, tail = points[starts] - along * before * CAP_LENGTH, points[starts + 1] + along * after * CAP_LENGTH
    corners = [head + across * before, tail + across * after, tail - across * after, head - across * before]
    quads = np.rint(np.stack(corners, axis=1) * (1 << FRACTION_BITS)).astype(np.int32)
    for quad in quads:
        cv2.fillConvexPoly(canvas, quad, 255, cv2.LINE_8, FRACTION_BITS)
