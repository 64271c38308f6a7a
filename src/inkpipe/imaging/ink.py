"""Separate ink from background."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from inkpipe.imaging.opencv import cv2

BACKGROUND = 255  # gray level of an empty image
INK_LEVEL = 200  # gray level; darker pixels of a sized image are ink. What JPEG leaves around strokes is lighter
MIN_CONTRAST = 40  # gray levels between background and ink; with less an image is blank and the rest is noise
# Fractions of the contrast between background and ink from which on a pixel counts as ink:
FAINT = 0.25  # keeps faint handwriting beside black print
HALF = 0.5  # keeps the true width of strokes, whose edges are gray


class Box(NamedTuple):
    """A rectangle of pixels; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int


def mask(image: np.ndarray, darkness: float = FAINT) -> np.ndarray:
    """Find the ink of a scan.

    Otsu's threshold (1979) splits the gray levels in two. The medians of both halves are the levels of ink and
    background, between which the threshold is then set.

    Args:
        image: uint8 (height, width).
        darkness: fraction of the contrast between background and ink that a pixel of ink has at least, 0 .. 1.

    Returns:
        uint8 (height, width), 1 ink, 0 background; all 0 if the image has less contrast than `MIN_CONTRAST`.
    """
    counts = cv2.calcHist([image], [0], None, [256], [0, 256]).ravel()
    levels = np.flatnonzero(counts)
    if levels[-1] - levels[0] < MIN_CONTRAST:
        return np.zeros_like(image)
    split = int(cv2.threshold(image, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)[0]) + 1
    ink, background = _median(counts[:split]), split + _median(counts[split:])
    return cv2.threshold(image, background - darkness * (background - ink), 1, cv2.THRESH_BINARY_INV)[1]


def _median(counts: np.ndarray) -> float:
    """The median of the values 0, 1, 2 ..., each of which occurs as often as `counts` says."""
    cumulative = np.cumsum(counts)
    middle = np.searchsorted(cumulative, [(cumulative[-1] - 1) // 2, cumulative[-1] // 2], side="right")
    return float(middle.mean())


def points(mask: np.ndarray) -> np.ndarray:
    """List the pixels of ink.

    Args:
        mask: uint8 (height, width), not 0 where ink is.

    Returns:
        float32 (n, 2), (x, y) of each pixel.
    """
    y, x = np.nonzero(mask)
    return np.stack([x, y], axis=1).astype(np.float32)


def bounding_box(image: np.ndarray) -> Box | None:
    """Find the smallest box around all pixels darker than `INK_LEVEL`.

    Args:
        image: uint8 (height, width).

    Returns:
        The box in pixels, None if the image is blank.
    """
    columns = np.flatnonzero(cv2.reduce(image, 0, cv2.REDUCE_MIN) < INK_LEVEL)
    if not columns.size:
        return None
    rows = np.flatnonzero(cv2.reduce(image, 1, cv2.REDUCE_MIN) < INK_LEVEL)
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
