"""Take noise from a scan and leave the strokes."""

from __future__ import annotations

import cv2
import numpy as np
import pywt

from inkpipe.params.preprocess import Denoise

SIGMA = 0.7  # pixels: half a thin stroke, so that it survives
WAVELET = "db2"
LEVELS = 2  # noise of a scan is a few pixels wide at most


def denoise(image: np.ndarray, method: Denoise) -> np.ndarray:
    """Denoise an image.

    Args:
        image: uint8 (height, width).
        method: `gaussian` blurs by 0.7 px, against fine noise; `median` of 3 x 3, against specks; `wavelet` shrinks
            wavelet coefficients by as much as the noise that it finds, and leaves a clean scan as it is.

    Returns:
        uint8 (height, width).
    """
    if method == "gaussian":
        return cv2.GaussianBlur(image, (0, 0), SIGMA)
    if method == "median":
        return cv2.medianBlur(image, 3)
    if method == "wavelet":
        return _shrink(image)
    return image


def _shrink(image: np.ndarray) -> np.ndarray:
    """BayesShrink: soft thresholds noise variance / signal deviation by subband (Chang, Yu & Vetterli 2000)."""
    levels = min(LEVELS, pywt.dwtn_max_level(image.shape, WAVELET))
    if not levels:
        return image
    coarse, *details = pywt.wavedec2(image.astype(np.float32), WAVELET, level=levels)
    noise = float(np.median(np.abs(details[-1][2]))) / 0.6745  # Donoho & Johnstone 1994
    shrunk = [tuple(_soft(band, noise**2) for band in bands) for bands in details]
    clean = pywt.waverec2([coarse, *shrunk], WAVELET)[: image.shape[0], : image.shape[1]]
    return np.clip(np.rint(clean), 0, 255).astype(np.uint8)


def _soft(band: np.ndarray, variance: float) -> np.ndarray:
    if not variance:
        return band
    signal = max(float(np.mean(band**2)) - variance, 0.0) ** 0.5
    return pywt.threshold(band, variance / signal, "soft") if signal else np.zeros_like(band)
