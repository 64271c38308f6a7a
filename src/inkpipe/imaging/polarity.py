"""Light writing on a dark background: blueprints, blackboards, negatives of microfilms."""

from __future__ import annotations

import numpy as np

from inkpipe.imaging.ink import MIN_CONTRAST
from inkpipe.params.preprocess import Invert

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
    """Whether the median pixel, which is background, lies nearer to the darkest ones than to the lightest ones.

    Args:
        image: uint8 (height, width).
    """
    counts = np.cumsum(np.bincount(image.ravel(), minlength=256))
    darkest, median, lightest = np.searchsorted(counts, np.array([TAIL, 0.5, 1 - TAIL]) * counts[-1])
    return bool(lightest - darkest >= MIN_CONTRAST and 2 * median < int(darkest) + int(lightest))
