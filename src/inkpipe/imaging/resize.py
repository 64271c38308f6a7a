"""Bring an image of any size to the size that a reader is given, without distorting it."""

from __future__ import annotations

import cv2
import numpy as np

from inkpipe.imaging.ink import PAPER

MOST_DETAIL = 4  # times the sized form: strokes of a sized image are 1 to 2 px wide, of a photograph up to 100
MAX_ENLARGEMENT = 2.0  # beyond twice its size a scan gains no detail, only blur that no training image has


def limit(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Shrink what is more than `MOST_DETAIL` times as large as its sized form, so that cleaning sees like resolutions.

    Args:
        image: uint8 (any height, any width).
        height: rows of the sized form.
        width: columns of the sized form.
    """
    scale = MOST_DETAIL * fitting_scale(image.shape, height, width)
    if scale >= 1:
        return image
    size = [max(1, round(length * scale)) for length in (image.shape[1], image.shape[0])]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def fitting_scale(shape: tuple[int, ...], height: int, width: int) -> float:
    """The factor by which `fit` resizes an image of this shape."""
    return min(height / shape[0], width / shape[1], MAX_ENLARGEMENT)


def fit(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize with kept aspect and pad with paper.

    The text stands at the left edge, where reading starts, so that its first frame is the same whatever its length,
    and is centred vertically, so that high and low lines differ least.

    Args:
        image: uint8 (any height, any width).
        height: rows of the result.
        width: columns of the result.

    Returns:
        uint8 (height, width).
    """
    scale = fitting_scale(image.shape, height, width)
    rows = min(height, max(1, round(image.shape[0] * scale)))
    columns = min(width, max(1, round(image.shape[1] * scale)))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = np.full((height, width), PAPER, np.uint8)
    top = (height - rows) // 2
    cv2.resize(image, (columns, rows), dst=sized[top : top + rows, :columns], interpolation=interpolation)
    return sized
