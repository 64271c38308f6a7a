"""Losses of a scan: blur, another contrast, JPEG artifacts."""

from __future__ import annotations

import numpy as np

from inkpipe.imaging.ink import BACKGROUND
from inkpipe.imaging.opencv import cv2

MIN_SIGMA = 0.1  # pixels: OpenCV takes 0 for a standard deviation of its own choice


def blur(image: np.ndarray, rng: np.random.Generator, magnitude: float) -> np.ndarray:
    """Blur by a Gaussian.

    Args:
        image: uint8 (height, width).
        rng: source of randomness.
        magnitude: largest standard deviation, pixels; the smallest is half of it.

    Returns:
        A new uint8 array of the same shape.
    """
    return cv2.GaussianBlur(image, (0, 0), max(MIN_SIGMA, rng.uniform(magnitude / 2, magnitude)))


def contrast(image: np.ndarray, rng: np.random.Generator, magnitude: float) -> np.ndarray:
    """Make all ink paler or darker. The background stays white.

    Args:
        image: uint8 (height, width).
        rng: source of randomness.
        magnitude: largest change, as a fraction of the ink's darkness.

    Returns:
        A new uint8 array of the same shape.
    """
    ink = (BACKGROUND - np.arange(256)) * (1 + rng.uniform(-magnitude, magnitude))
    return cv2.LUT(image, np.clip(BACKGROUND - ink, 0, BACKGROUND).astype(np.uint8))


def jpeg(image: np.ndarray, rng: np.random.Generator, magnitude: float) -> np.ndarray:
    """Compress as JPEG and decode again.

    Args:
        image: uint8 (height, width).
        rng: source of randomness.
        magnitude: largest loss of JPEG quality, from 100 (best) down.

    Returns:
        A new uint8 array of the same shape.
    """
    quality = round(100 - rng.uniform(0, magnitude))
    encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))


DISTORTIONS = {  # by parameter of `augment`, in the order of application
    "blur": blur,
    "contrast": contrast,
    "jpeg": jpeg,
}
