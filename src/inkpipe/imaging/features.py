"""Frames of features: the common part of `hog` and `spline`, for a model without convolutions.

A frame is `PIXELS_PER_FRAME` columns of the sized image. It is described in `ZONES` zones from top to bottom, by
several values (channels) in each zone. Features are uint8 (zones * channels, frames), 0 on background, so they can be
stored like a gray image.
"""

from __future__ import annotations

import numpy as np

from inkpipe.imaging.opencv import cv2

PIXELS_PER_FRAME = 4  # columns: about a stroke and the background beside it
ZONES = 8  # of the image's height
OVERLAP = np.array([0.25, 0.5, 0.25], np.float32)  # weights of the window before, the window itself, the window after


def window_means(layers: np.ndarray) -> np.ndarray:
    """Average layers over windows of a zone and a frame, which overlap their neighbors by half.

    Args:
        layers: float32 (channels, height, width).

    Returns:
        float32 (ZONES * channels, width // PIXELS_PER_FRAME).
    """
    frames = layers.shape[2] // PIXELS_PER_FRAME
    means = np.stack([_window_means(layer[:, : frames * PIXELS_PER_FRAME], frames) for layer in layers], axis=1)
    return means.reshape(ZONES * len(layers), frames)


def _window_means(layer: np.ndarray, frames: int) -> np.ndarray:
    """The means of one layer, float32 (ZONES, frames)."""
    means = cv2.resize(layer, (frames, ZONES), interpolation=cv2.INTER_AREA)
    return cv2.sepFilter2D(means, -1, OVERLAP, OVERLAP, borderType=cv2.BORDER_CONSTANT)


def quantize(values: np.ndarray) -> np.ndarray:
    """Store values as bytes by their square roots, which keep small values apart.

    Args:
        values: float of any shape; cut to 0 .. 1.

    Returns:
        uint8 of the same shape.
    """
    return np.rint(255 * np.sqrt(np.clip(values, 0, 1))).astype(np.uint8)
