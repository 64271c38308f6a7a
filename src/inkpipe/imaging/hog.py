"""Histograms of oriented gradients, one vector a frame."""

from __future__ import annotations

import numpy as np

from inkpipe.imaging.features import ZONES, quantize, window_means
from inkpipe.imaging.opencv import cv2

HOG_BINS = 8  # directions of the gradient, modulo 180 degrees
HOG_SIZE = ZONES * HOG_BINS  # values a frame
MIN_NORM = 8.0  # gray levels; frames with a smaller gradient are background and stay near 0


def hog(image: np.ndarray) -> np.ndarray:
    """Describe each frame by the directions of its gradients.

    Windowed histograms of oriented gradients (Dalal & Triggs 2005), by frames (Rodriguez & Perronnin 2008). Each
    frame's vector has length 1, so that contrast hardly matters.

    Args:
        image: sized, uint8 (height, width).

    Returns:
        uint8 (HOG_SIZE, width // PIXELS_PER_FRAME), square roots of the values, 255 for 1.
    """
    gray = image.astype(np.float32)
    along, across = (cv2.Sobel(gray, cv2.CV_32F, *order, scale=0.25) for order in ((1, 0), (0, 1)))
    size, angle = cv2.cartToPolar(along, across)
    position = angle * (HOG_BINS / np.pi) % HOG_BINS
    distance = np.abs(position - np.arange(HOG_BINS, dtype=np.float32)[:, None, None])
    weights = np.maximum(0, 1 - np.minimum(distance, HOG_BINS - distance))  # shared by the two nearest bins
    means = window_means(size * weights)
    return quantize(means / np.sqrt(np.sum(means**2, axis=0) + MIN_NORM**2))
