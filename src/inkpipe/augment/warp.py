"""Geometric distortions, all composed into one displacement field and one resampling, so that ink is blurred once.

Every result pixel p takes the source at A^-1 (p + d(p) - c') + c. The linear map A (rotation, scale, slant) moves the
ink's bounding box, with centre c, to where it fits the canvas, with centre c'. The smooth field d (elastic, jitter,
speed) fades to 0 at the canvas' borders, so it maps the canvas onto itself. Therefore no ink leaves the canvas.

The field is made on a grid of nodes `PITCH` pixels apart and interpolated linearly between them, which is exact for A.
"""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

from inkpipe.imaging.ink import PAPER, Box, bounding_box

PITCH = 4  # pixels between nodes: a part of a stroke, over which jitter is smooth
ELASTIC_SPACING = 16  # pixels between independent displacements: about a letter
SPEED_SPACING = 24  # pixels: one or two letters


class Warp:
    """The motion that the geometric distortions add to, for images of one size."""

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = height, width
        self.rows, self.columns = (-(-length // PITCH) + 2 for length in (height, width))  # with one beyond each border
        self.linear = (1.0, 0.0, 0.0, 1.0)  # row by row, in (x, y)
        self.shift = (0.0, 0.0)
        self.field: np.ndarray | None = None  # float32 (2, rows, columns): displacements in x and y, in pixels
        self.moved = False

    def transform(self, a: float, b: float, c: float, d: float) -> None:
        """Apply the linear map [[a, b], [c, d]] after what is already there."""
        e, f, g, h = self.linear
        self.linear = (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)
        self.moved = True

    def displace(self, field: np.ndarray) -> None:
        """Add smooth displacements at the nodes, in pixels; float32, broadcast to (2, rows, columns)."""
        self.field = field if self.field is None else self.field + field
        self.moved = True

    def apply(self, image: np.ndarray) -> np.ndarray:
        """The moved image; a copy if nothing moves it, or if it is blank."""
        box = bounding_box(image) if self.moved else None
        if box is None:
            return image.copy()
        size = (self.columns * PITCH, self.rows * PITCH)
        sources = cv2.resize(self._sources(box), size, interpolation=cv2.INTER_LINEAR)
        sources = sources[PITCH : PITCH + self.height, PITCH : PITCH + self.width]
        # Resampling floats takes half the time of resampling bytes; `subtract` rounds and clips on the way back.
        ink = cv2.remap(PAPER - image.astype(np.float32), sources, None, cv2.INTER_CUBIC)
        return cv2.subtract(float(PAPER), ink, dtype=cv2.CV_8U)

    def _sources(self, box: Box) -> np.ndarray:
        """Where each node's ink comes from, float32 (rows, columns, 2), in pixels (x, y)."""
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
        """The affine map from result to source, scaled and shifted so that the ink's box stays within the canvas."""
        left, top, right, bottom = box
        a, b, c, d = self.linear
        wide, high = right - left, bottom - top
        across, down = abs(a) * wide + abs(b) * high, abs(c) * wide + abs(d) * high
        fitting = min(1.0, self.width / across, self.height / down)
        x, y = (left + right - 1) / 2, (top + bottom - 1) / 2
        to_x = _within(x + self.shift[0], across * fitting, self.width)
        to_y = _within(y + self.shift[1], down * fitting, self.height)
        determinant = (a * d - b * c) * fitting
        a, b, c, d = d / determinant, -b / determinant, -c / determinant, a / determinant
        return a, b, c, d, x - a * to_x - b * to_y, y - c * to_x - d * to_y


def _within(centre: float, extent: float, length: int) -> float:
    """The centre nearest to `centre` at which `extent` pixels lie within 0 .. `length` - 1."""
    return min(max(centre, (extent - 1) / 2), length - (extent + 1) / 2)


def rotate(motion: Warp, rng: np.random.Generator, strength: float) -> None:
    """Turn the text by up to `strength` degrees either way."""
    angle = math.radians(rng.uniform(-strength, strength))
    motion.transform(math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle))


def scale(motion: Warp, rng: np.random.Generator, strength: float) -> None:
    """Enlarge or shrink by up to the share `strength`, and the width alone by up to half of it more."""
    size, width = rng.uniform(1 - strength, 1 + strength, 2).tolist()
    motion.transform(size * (1 + width) / 2, 0, 0, size)


def translate(motion: Warp, rng: np.random.Generator, strength: float) -> None:
    """Shift by up to `strength` pixels in x and in y, as far as the paper is free."""
    x, y = rng.uniform(-strength, strength, 2).tolist()
    motion.shift = (x, y)
    motion.moved = True


def slant(motion: Warp, rng: np.random.Generator, strength: float) -> None:
    """Lean the letters by up to `strength` degrees either way."""
    motion.transform(1, math.tan(math.radians(rng.uniform(-strength, strength))), 0, 1)


def elastic(motion: Warp, rng: np.random.Generator, strength: float) -> None:
    """Bend letters smoothly by up to `strength` pixels (Simard, Steinkraus & Platt 2003)."""
    fields = [noise(rng, motion.rows, motion.columns, ELASTIC_SPACING // PITCH) for _ in "xy"]
    motion.displace(strength * np.stack(fields))


def jitter(motion: Warp, rng: np.random.Generator, strength: float) -> None:
    """Displace parts of strokes by up to `strength` pixels: the tremor of a hand."""
    motion.displace(strength * (2 * rng.random((2, motion.rows, motion.columns), np.float32) - 1))


def speed(motion: Warp, rng: np.random.Generator, strength: float) -> None:
    """Stretch and squeeze along the writing direction by up to the share `strength`, the whole length kept."""
    stretch = strength * noise(rng, 1, motion.columns, SPEED_SPACING // PITCH)
    along = PITCH * np.cumsum(stretch - stretch.mean(), axis=1, dtype=np.float32)
    motion.displace(np.stack([along, np.zeros_like(along)]))


def noise(rng: np.random.Generator, height: int, width: int, spacing: int) -> np.ndarray:
    """A smooth random field within about -1 .. 1, float32 (height, width), with independent values `spacing` apart."""
    values = 2 * rng.random((-(-height // spacing) + 1, -(-width // spacing) + 1), np.float32) - 1
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_CUBIC)


@lru_cache(maxsize=8)
def _nodes(rows: int, columns: int, height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where nodes are, x (1, columns) and y (rows, 1) in pixels, and the factor by which they fade near borders."""

    def positions(count: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        at = PITCH * np.arange(count, dtype=np.float32) - (PITCH + 1) / 2
        return at, np.clip((np.minimum(at, length - 1 - at) - PITCH) / 2, 0, 1)

    (x, fade_x), (y, fade_y) = positions(columns, width), positions(rows, height)
    return x[None, :], y[:, None], fade_y[:, None] * fade_x
