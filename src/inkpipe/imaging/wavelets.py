"""Noise taken out of the wavelet coefficients of an image."""

from __future__ import annotations

import numpy as np
import pywt

WAVELET = "db2"  # Daubechies, four taps: about as long as a stroke is wide
LEVELS = 2  # scales at which noise is removed; that of a scan is at most a few pixels wide
MAD_PER_SIGMA = 0.6745  # median absolute deviation of a normal distribution, in standard deviations


def shrink_wavelets(image: np.ndarray) -> np.ndarray:
    """BayesShrink (Chang, Yu & Vetterli 2000): soft thresholds of noise variance / signal deviation in each subband.

    Args:
        image: uint8 (height, width).

    Returns:
        uint8 (height, width).
    """
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
