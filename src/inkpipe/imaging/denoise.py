"""Remove the noise of a scan and keep its strokes."""

from __future__ import annotations

import numpy as np
import pywt

from inkpipe.imaging.opencv import cv2
from inkpipe.params.preprocess import Denoise

SIGMA = 0.7  # pixels, standard deviation of the Gaussian: half of a thin stroke's width, so that the stroke stays
WAVELET = "db2"  # Daubechies, four taps: about as long as a stroke is wide
LEVELS = 2  # scales at which noise is removed; that of a scan is at most a few pixels wide
MAD_PER_SIGMA = 0.6745  # median absolute deviation of a normal distribution, in standard deviations


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
        return _shrink_wavelets(image)
    return image


def _shrink_wavelets(image: np.ndarray) -> np.ndarray:
    """BayesShrink (Chang, Yu & Vetterli 2000): soft thresholds of noise variance / signal deviation in each subband."""
    levels = min(LEVELS, pywt.dwtn_max_level(image.shape, WAVELET))
    if not levels:
        return image
    coarse, *details = pywt.wavedec2(image.astype(np.float32), WAVELET, level=levels)
    # The noise's deviation from the finest diagonal subband (Donoho & Johnstone 1994).
    noise = float(np.median(np.abs(details[-1][2]))) / MAD_PER_SIGMA
    shrunk = [tuple(_soft_threshold(band, noise**2) for band in bands) for bands in details]
    clean = pywt.waverec2([coarse, *shrunk], WAVELET)[: image.shape[0], : image.shape[1]]
    return np.clip(np.rint(clean), 0, 255).astype(np.uint8)


def _soft_threshold(band: np.ndarray, noise_variance: float) -> np.ndarray:
    """A subband without its noise; all 0 if it holds nothing else."""
    if not noise_variance:
        return band
    signal = max(float(np.mean(band**2)) - noise_variance, 0.0) ** 0.5
    return pywt.threshold(band, noise_variance / signal, "soft") if signal else np.zeros_like(band)
