"""Light writing on a dark background: blueprints, blackboards, negatives of microfilms."""

from __future__ import annotations

import numpy as np

from inkpipe.imaging.ink import MIN_CONTRAST
from inkpipe.imaging.opencv import cv2
from inkpipe.params.preprocess import Invert

LARGEST_MEDIAN = 255  # pixels: OpenCV takes no wider window
TAIL = 0.01  # fraction of the pixels at each end of the gray levels that may be noise


def make_dark_on_light(image: np.ndarray, method: Invert) -> np.ndarray:
    """Give the writing of an image the dark gray levels.

    Args:
        image: uint8 (height, width).
        method: `auto` inverts images whose background is the darker part, see `is_light_on_dark`; `none` does nothing.

    Returns:
        uint8 (height, width).
    """
    return 255 - image if method == "auto" and is_light_on_dark(image) else image


def is_light_on_dark(image: np.ndarray) -> bool:
    """Whether the background is the darker part of an image, and the strokes are lighter than what is around them.

    The median pixel, which is background, then lies nearer to the darkest ones than to the lightest ones. That holds
    for a scan in the shadow too, whose strokes are darker than what is around them.

    Args:
        image: uint8 (height, width).
    """
    counts = np.cumsum(np.bincount(image.ravel(), minlength=256))
    darkest, median, lightest = np.searchsorted(counts, np.array([TAIL, 0.5, 1 - TAIL]) * counts[-1])
    dark = lightest - darkest >= MIN_CONTRAST and 2 * median < int(darkest) + int(lightest)
    return bool(dark and _strokes_are_lighter(image))


def _strokes_are_lighter(image: np.ndarray) -> bool:
    """Whether more light than darkness stands out from the background, which is even over half of the height."""
    size = min(max(3, image.shape[0] // 2 | 1), LARGEST_MEDIAN)
    contrast = image.astype(np.int16) - cv2.medianBlur(image, size)
    contrast[np.abs(contrast) < MIN_CONTRAST // 2] = 0
    return int(contrast.sum()) > 0
