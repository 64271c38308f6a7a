"""Cut away empty background, and everything that does not belong to the handwritten line."""

from __future__ import annotations

import cv2
import numpy as np

from inkpipe.imaging.components import Components, find_components
from inkpipe.imaging.text_line import find_text_line
from inkpipe.params.preprocess import Crop

MARGIN = 0.15  # background left on each side of the text, as a fraction of its height; at least a pixel
KEEP, ERASE = 1, 2  # what happens to the pixels of a component
FRINGE = np.ones((3, 3), np.uint8)  # a pixel in each direction: the gray edge of strokes, which is not in the mask


def crop(image: np.ndarray, method: Crop) -> np.ndarray:
    """Crop an image to its text.

    Args:
        image: uint8 (height, width).
        method: `margins` cuts away the background around all ink. `line` also erases everything that does not belong
            to the handwritten line, see `find_text_line`. `none` does nothing.

    Returns:
        uint8 (at most height, at most width). An image without text is returned as it is.
    """
    if method == "none":
        return image
    components = find_components(image)
    if not components.solid.any():
        return image
    if method == "margins":
        return _cut(image, components, components.solid)
    line = find_text_line(components)
    return _cut(_erase_others(image, components, line), components, line & components.solid)


def _erase_others(image: np.ndarray, components: Components, line: np.ndarray) -> np.ndarray:
    """Turn all components outside the line into background, with their gray fringe."""
    actions = np.where(line, np.uint8(KEEP), np.uint8(ERASE))
    actions[0] = 0
    action = actions.take(components.labels)
    erased = cv2.dilate(cv2.compare(action, ERASE, cv2.CMP_EQ), FRINGE)
    erased[action == KEEP] = 0
    return cv2.max(image, erased)  # erased pixels are 255, which is background


def _cut(image: np.ndarray, components: Components, text: np.ndarray) -> np.ndarray:
    """The box around the components `text`, bool (n,), with a margin."""
    top, bottom = int(components.top[text].min()), int(components.bottom[text].max())
    left, right = int(components.left[text].min()), int(components.right[text].max())
    margin = max(1, round(MARGIN * (bottom - top)))
    return image[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin]
