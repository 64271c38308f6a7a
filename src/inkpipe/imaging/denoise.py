"""Remove the noise of a scan and keep its strokes."""

from __future__ import annotations

import numpy as np

from inkpipe.imaging.opencv import cv2
from inkpipe.params.preprocess import Denoise

SIGMA = 0.7  # pixels, standard deviation of the Gaussian: half of a thin stroke's width, so that the stroke stays


def denoise(image: np.ndarray, method: Denoise) -> np.ndarray:
    """Remove noise.

    Args:
        image: uint8 (height, width).
        method: `gaussian` blurs by 0.7 px, against fine noise. `median` takes medians of 3 x 3 px, against specks.
            `wavelet` estimates the noise and shrinks wavelet coefficients accordingly; a clean scan hardly changes.
            `none` does nothing.

    Returns:
        uint8 (height, width).
    """
    if method == "gaussian":
        return cv2.GaussianBlur(image, (0, 0), SIGMA)
    if method == "median":
        return cv2.medianBlur(image, 3)
    if method == "wavelet":
        from inkpipe.imaging.wavelets import shrink_wavelets  # late: who reads images mostly does without

        return shrink_wavelets(image)
    return image
