"""The local background of a page: what it would look like without its ink, whatever is lighter of the two."""

from __future__ import annotations

import numpy as np

from inkpipe.imaging.opencv import cv2

SCALE = 4  # the background is smooth: a quarter of the resolution is enough, and 16 times faster
WINDOW = 0.1  # of the shorter side of the page: a few lines of text, of which ink is the smaller part


def local_background(page: np.ndarray) -> np.ndarray:
    """Estimate the background of a page: the median of a window around each pixel, smoothed.

    Args:
        page: uint8 (height, width), a whole page or a large part of one.

    Returns:
        uint8 (height, width).
    """
    height, width = page.shape
    small = cv2.resize(page, (-(-width // SCALE), -(-height // SCALE)), interpolation=cv2.INTER_AREA)
    window = 2 * int(WINDOW * min(small.shape) / 2) + 1
    smooth = cv2.blur(cv2.medianBlur(small, window), (window, window))
    return np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
