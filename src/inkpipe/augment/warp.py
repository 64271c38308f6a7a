"""The motion of an image's ink: all geometric distortions in one displacement field and one resampling.

Resampling blurs thin strokes, so it is done once. Each pixel p of the result takes the source pixel

    A^-1 (p + d(p) - c') + c

The linear map A (rotation, scale, slant) turns the ink about c, the center of its bounding box. c' is the new place of
that center, chosen so that the box stays inside the canvas. The smooth field d (elastic, jitter, horizontal_stretch)
fades to 0 at the borders of the canvas, so it maps the canvas onto itself. No ink leaves the canvas.

Source positions are computed on a grid of nodes, `NODE_SPACING` pixels apart, and interpolated linearly in between.
That is exact for A.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from inkpipe.imaging.ink import BACKGROUND, Box, bounding_box
from inkpipe.imaging.opencv import cv2

NODE_SPACING = 4  # pixels between nodes: small enough for jitter, which varies within a stroke


class Warp:
    """The motion that geometric distortions build up for an image of one size.

    Attributes:
        height, width: the image's size in pixels.
        rows, columns: the grid of nodes, one beyond each border of the image.
        linear: the linear map [[a, b], [c, d]] in (x, y), as (a, b, c, d).
        shift: translation in x and y, in pixels.
        field: displacements of the nodes in x and y, float32 (2, rows, columns), in pixels; None without any.
        moved: whether any distortion moves the image.
    """

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = height, width
        self.rows, self.columns = (-(-length // NODE_SPACING) + 2 for length in (height, width))
        self.linear = (1.0, 0.0, 0.0, 1.0)
        self.shift = (0.0, 0.0)
        self.field: np.ndarray | None = None
        self.moved = False

    def transform(self, a: float, b: float, c: float, d: float) -> None:
        """Apply the linear map [[a, b], [c, d]], in (x, y), after the maps applied so far."""
        e, f, g, h = self.linear
        self.linear = (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)
        self.moved = True

    def translate(self, x: float, y: float) -> None:
        """Shift by (x, y) pixels, less where ink would leave the canvas."""
        self.shift = (x, y)
        self.moved = True

    def displace(self, field: np.ndarray) -> None:
        """Add displacements of the nodes in x and y: float32 that broadcasts to (2, rows, columns), in pixels."""
        self.field = field if self.field is None else self.field + field
        self.moved = True

    def apply(self, image: np.ndarray) -> np.ndarray:
        """Move an image.

        Args:
            image: uint8 (height, width), dark ink on background 255.

        Returns:
            A new uint8 array of the same shape; a copy if nothing moves the image or it has no ink.
        """
        box = bounding_box(image) if self.moved else None
        if box is None:
            return image.copy()
        size = (self.columns * NODE_SPACING, self.rows * NODE_SPACING)
        sources = cv2.resize(self._sources(box), size, interpolation=cv2.INTER_LINEAR)
        sources = sources[NODE_SPACING : NODE_SPACING + self.height, NODE_SPACING : NODE_SPACING + self.width]
        # Resampling floats takes half the time of resampling bytes; `subtract` rounds and clips on the way back.
        ink = cv2.remap(BACKGROUND - image.astype(np.float32), sources, None, cv2.INTER_CUBIC)
        return cv2.subtract(float(BACKGROUND), ink, dtype=cv2.CV_8U)

    def _sources(self, box: Box) -> np.ndarray:
        """The source position (x, y) of each node in pixels, float32 (rows, columns, 2)."""
        x, y, fade = _nodes(self.rows, self.columns, self.height, self.width)
        if self.field is not None:
            along, across = np.broadcast_to(self.field, (2, self.rows, self.columns))
            x, y = x + along * fade, y + across * fade
        a, b, c, d, e, f = self._inverse(box)
        sources = np.empty((self.rows, self.columns, 2), np.float32)
        sources[..., 0] = a * x + b * y + e
        sources[..., 1] = c * x + d * y + f
        return sources

    def _inverse(self, box: Box) -> tuple[float, float, float, float, float, float]:
        """The affine map from result to source, scaled and shifted so that the ink's box stays inside the canvas."""
        left, top, right, bottom = box
        a, b, c, d = self.linear
        width, height = right - left, bottom - top
        new_width, new_height = abs(a) * width + abs(b) * height, abs(c) * width + abs(d) * height
        scale = min(1.0, self.width / new_width, self.height / new_height)
        x, y = (left + right - 1) / 2, (top + bottom - 1) / 2
        new_x = _center_inside(x + self.shift[0], new_width * scale, self.width)
        new_y = _center_inside(y + self.shift[1], new_height * scale, self.height)
        determinant = (a * d - b * c) * scale
        a, b, c, d = d / determinant, -b / determinant, -c / determinant, a / determinant
        return a, b, c, d, x - a * new_x - b * new_y, y - c * new_x - d * new_y


def _center_inside(center: float, extent: float, length: int) -> float:
    """The center nearest to `center` with which `extent` pixels lie within 0 .. `length` - 1."""
    return min(max(center, (extent - 1) / 2), length - (extent + 1) / 2)


@lru_cache(maxsize=8)
def _nodes(rows: int, columns: int, height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions of the nodes, x (1, columns) and y (rows, 1) in pixels, and their fading, 0 .. 1 (rows, columns)."""

    def positions(count: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        at = NODE_SPACING * np.arange(count, dtype=np.float32) - (NODE_SPACING + 1) / 2
        return at, np.clip((np.minimum(at, length - 1 - at) - NODE_SPACING) / 2, 0, 1)

    (x, fade_x), (y, fade_y) = positions(columns, width), positions(rows, height)
    return x[None, :], y[:, None], fade_y[:, None] * fade_x
