"""Smooth random fields, from which elastic displacements and the pressure of a pen are made."""

from __future__ import annotations

import numpy as np

from inkpipe.imaging.opencv import cv2


def smooth_noise(rng: np.random.Generator, height: int, width: int, spacing: int) -> np.ndarray:
    """Interpolate random values on a coarse grid.

    Args:
        rng: source of randomness.
        height: rows of the field.
        width: columns of the field.
        spacing: cells between two independent random values.

    Returns:
        float32 (height, width). The random values lie in -1 .. 1; the cubic interpolation can exceed that a little.
    """
    values = 2 * rng.random((-(-height // spacing) + 1, -(-width // spacing) + 1), np.float32) - 1
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_CUBIC)
