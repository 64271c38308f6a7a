"""Center lines of strokes."""

from __future__ import annotations

import numpy as np

from inkpipe.imaging.opencv import cv2

# Powers of two for the neighbors of a pixel, clockwise from above: their sum numbers the 256 neighborhoods.
NEIGHBOR_WEIGHTS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)
NEIGHBORS = (NEIGHBOR_WEIGHTS > 0).astype(np.float32)


def _removal_tables() -> tuple[np.ndarray, np.ndarray]:
    """For each of the 256 neighborhoods, 1 if the first and if the second pass removes its pixel, uint8 (256,)."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    count = bits.sum(axis=1)
    rises = ((bits == 0) & (np.roll(bits, -1, axis=1) == 1)).sum(axis=1)
    north, east, south, west = bits[:, 0], bits[:, 2], bits[:, 4], bits[:, 6]
    edge = (count >= 2) & (count <= 6) & (rises == 1)
    first = edge & (north * east * south == 0) & (east * south * west == 0)
    second = edge & (north * east * west == 0) & (north * south * west == 0)
    return first.astype(np.uint8), second.astype(np.uint8)


REMOVAL_TABLES = _removal_tables()


def skeleton(mask: np.ndarray) -> np.ndarray:
    """Thin strokes to one pixel (Zhang & Suen 1984), by table look-up.

    Args:
        mask: uint8 (height, width), 1 ink, 0 background.

    Returns:
        uint8 (height, width), 1 on center lines; it has as many connected components as the ink.
    """
    thin, previous = mask.copy(), -1
    while (count := cv2.countNonZero(thin)) != previous:
        previous = count
        for table in REMOVAL_TABLES:
            neighborhood = cv2.filter2D(thin, cv2.CV_8U, NEIGHBOR_WEIGHTS, borderType=cv2.BORDER_CONSTANT)
            thin &= 1 - cv2.LUT(neighborhood, table)
    return _restore_dots(thin, mask)


def _restore_dots(thin: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Restore the center of components that thinning removed entirely, such as squares of two pixels."""
    count, labels, _, centers = cv2.connectedComponentsWithStats(mask)
    lost = np.setdiff1d(np.arange(1, count), labels[thin > 0])
    x, y = np.rint(centers[lost]).astype(int).T
    thin[y, x] = 1
    return thin


def count_neighbors(mask: np.ndarray) -> np.ndarray:
    """Count how many of the eight neighbors of each pixel of ink are ink.

    Args:
        mask: uint8 (height, width), 1 ink, 0 background.

    Returns:
        uint8 (height, width), 0 .. 8 on ink, 0 on background.
    """
    return mask * cv2.filter2D(mask, cv2.CV_8U, NEIGHBORS, borderType=cv2.BORDER_CONSTANT)
