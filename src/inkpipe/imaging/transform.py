"""Turn or lean a whole image without losing ink."""

from __future__ import annotations

import numpy as np

from inkpipe.imaging import ink
from inkpipe.imaging.opencv import cv2


def transform(image: np.ndarray, linear: np.ndarray) -> np.ndarray:
    """Apply a linear map about the center of an image. The canvas grows only where ink would leave it.

    Args:
        image: uint8 (height, width).
        linear: float (2, 2), maps (x, y) of the source to (x, y) of the result.

    Returns:
        uint8 (height or more, width or more), new pixels are background; the image itself if it has no ink.
    """
    height, width = image.shape
    center = np.array([width - 1, height - 1]) / 2
    moved = (ink.points(ink.mask(image)) - center) @ linear.T + center
    if not moved.size:
        return image
    first = np.minimum(0, np.floor(moved.min(axis=0) - 1))
    last = np.maximum((width, height), np.ceil(moved.max(axis=0) + 2))
    matrix = np.column_stack([linear, center - linear @ center - first])
    size = (last - first).astype(int).tolist()
    return cv2.warpAffine(image, matrix, size, flags=cv2.INTER_CUBIC, borderValue=ink.BACKGROUND)
