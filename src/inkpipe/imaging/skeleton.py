"""The centre lines of strokes."""

from __future__ import annotations

import cv2
import numpy as np

# The neighbours of a pixel, clockwise from above, as powers of two: every neighbourhood is a number of 8 bits.
WEIGHTS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)


def _removable() -> tuple[np.ndarray, np.ndarray]:
    """For each of the 256 neighbourhoods, whether the first and the second pass removes its pixel."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    neighbours = bits.sum(axis=1)
    rises = ((bits == 0) & (np.roll(bits, -1, axis=1) == 1)).sum(axis=1)
    north, east, south, west = bits[:, 0], bits[:, 2], bits[:, 4], bits[:, 6]
    edge = (neighbours >= 2) & (neighbours <= 6) & (rises == 1)
    first = edge & (north * east * south == 0) & (east * south * west == 0)
    second = edge & (north * east * west == 0) & (north * south * west == 0)
    return first.astype(np.uint8), second.astype(np.uint8)


PASSES = _removable()


def skeleton(ink: np.ndarray) -> np.ndarray:
    """Thin strokes to one pixel, by table look-up (Zhang & Suen 1984).

    Args:
        ink: uint8 (height, width), 1 ink, 0 paper.

    Returns:
        uint8 (height, width), 1 on centre lines; as many connected parts as the ink has.
    """
    thin, before = ink.copy(), -1
    while (left := cv2.countNonZero(thin)) != before:
        before = left
        for removable in PASSES:
            around = cv2.filter2D(thin, cv2.CV_8U, WEIGHTS, borderType=cv2.BORDER_CONSTANT)
            thin &= 1 - cv2.LUT(around, removable)
    return _with_dots(thin, ink)


def _with_dots(thin: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """Give parts that thinning took away whole, as it does with squares of two pixels, their centre back."""
    count, labels, _, centres = cv2.connectedComponentsWithStats(ink)
    lost = np.setdiff1d(np.arange(1, count), labels[thin > 0])
    x, y = np.rint(centres[lost]).astype(int).T
    thin[y, x] = 1
    return thin


def neighbours(ink: np.ndarray) -> np.ndarray:
    """How many of its eight neighbours each inked pixel has, uint8 (height, width); 0 on paper."""
    return ink * cv2.filter2D(ink, cv2.CV_8U, (WEIGHTS > 0).astype(np.float32), borderType=cv2.BORDER_CONSTANT)
