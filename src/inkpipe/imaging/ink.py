"""Where the ink is: what every cleaning step asks first."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

PAPER = 255
FAINTEST = 200  # in sized images, grey levels below it are ink; what JPEG leaves around strokes is lighter
FAINT, HALF = 0.25, 0.5  # shares of the contrast between ink and paper
LEAST_CONTRAST = 40  # grey levels between paper and ink; below it an image is blank paper with noise


class Box(NamedTuple):
    """A rectangle of pixels, right and bottom exclusive."""

    left: int
    top: int
    right: int
    bottom: int


def mask(image: np.ndarray, contrast: float = FAINT) -> np.ndarray:
    """The ink of a scan, uint8 (height, width): 1 ink, 0 paper; all paper if the contrast is too low.

    Otsu's threshold finds the ink; then all that has `contrast` of the contrast between most ink and paper is taken: a
    quarter, so that faint writing beside black print is not lost, or a half where strokes must not seem thicker.
    """
    levels = cv2.calcHist([image], [0], None, [256], [0, 256]).ravel()
    occurring = np.flatnonzero(levels)
    if occurring[-1] - occurring[0] < LEAST_CONTRAST:
        return np.zeros_like(image)
    split = int(cv2.threshold(image, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)[0]) + 1
    pen, paper = _median(levels[:split]), split + _median(levels[split:])
    return cv2.threshold(image, paper - contrast * (paper - pen), 1, cv2.THRESH_BINARY_INV)[1]


def _median(counts: np.ndarray) -> float:
    """The median of values 0, 1, 2 ... that occur so often."""
    below = np.cumsum(counts)
    middle = np.searchsorted(below, [(below[-1] - 1) // 2, below[-1] // 2], side="right")
    return float(middle.mean())


def points(ink: np.ndarray) -> np.ndarray:
    """(x, y) of the ones of a mask, float32 (n, 2)."""
    y, x = np.nonzero(ink)
    return np.stack([x, y], axis=1).astype(np.float32)


def bounding_box(image: np.ndarray) -> Box | None:
    """The box of all that is darker than `FAINTEST`, None if the paper is blank."""
    columns = np.flatnonzero(cv2.reduce(image, 0, cv2.REDUCE_MIN) < FAINTEST)
    if not columns.size:
        return None
    rows = np.flatnonzero(cv2.reduce(image, 1, cv2.REDUCE_MIN) < FAINTEST)
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def transform(image: np.ndarray, linear: np.ndarray) -> np.ndarray:
    """Apply a linear map, in (x, y), about the image's centre; the canvas grows only where ink would leave it.

    Args:
        image: uint8 (height, width).
        linear: (2, 2), from source to result.
    """
    height, width = image.shape
    centre = np.array([width - 1, height - 1]) / 2
    moved = (points(mask(image)) - centre) @ linear.T + centre
    if not moved.size:
        return image
    least = np.minimum(0, np.floor(moved.min(axis=0) - 1))
    most = np.maximum((width, height), np.ceil(moved.max(axis=0) + 2))
    matrix = np.column_stack([linear, centre - linear @ centre - least])
    size = (most - least).astype(int).tolist()
    return cv2.warpAffine(image, matrix, size, flags=cv2.INTER_CUBIC, borderValue=PAPER)
