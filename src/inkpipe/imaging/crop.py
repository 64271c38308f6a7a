"""Cut away paper, and neighbours that are not the line of interest."""

from __future__ import annotations

import cv2
import numpy as np

from inkpipe.imaging.parts import Parts
from inkpipe.params.preprocess import Crop

KEPT, ERASED = 1, 2
SEAM = np.ones((3, 3), np.uint8)
MARGIN = 0.15  # of the text's height, left as paper on each side


def crop(image: np.ndarray, method: Crop) -> np.ndarray:
    """Crop to the text.

    Args:
        image: uint8 (height, width).
        method: `margins` cuts the paper around all ink; `line` erases what is not on the line of interest, see
            `Parts.line`, then does the same; `none` leaves the image as it is.

    Returns:
        uint8, at most as large. An image without text is returned as it is.
    """
    if method == "none":
        return image
    parts = Parts(image)
    if not parts.solid.any():
        return image
    if method == "margins":
        return _cut(image, parts, parts.solid)
    line = parts.line()
    return _cut(_erase(image, parts, line), parts, line & parts.solid)


def _erase(image: np.ndarray, parts: Parts, kept: np.ndarray) -> np.ndarray:
    """Paint all parts that are not kept as paper, with the grey seam around them."""
    fate = np.where(kept, np.uint8(KEPT), np.uint8(ERASED))
    fate[0] = 0
    fates = fate.take(parts.labels)
    paint = cv2.dilate(cv2.compare(fates, ERASED, cv2.CMP_EQ), SEAM)
    paint[fates == KEPT] = 0
    return cv2.max(image, paint)  # where it paints, it is 255, which is paper


def _cut(image: np.ndarray, parts: Parts, text: np.ndarray) -> np.ndarray:
    top, bottom = int(parts.top[text].min()), int(parts.bottom[text].max())
    left, right = int(parts.left[text].min()), int(parts.right[text].max())
    margin = max(1, round(MARGIN * (bottom - top)))
    return image[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin]
