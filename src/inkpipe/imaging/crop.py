"""Cut away empty background, and everything around the handwritten line."""

from __future__ import annotations

import numpy as np

from inkpipe.imaging.components import find_components
from inkpipe.imaging.text_line import find_text_line
from inkpipe.params.preprocess import Crop

MARGIN = 0.15  # background left on each side of the text, as a fraction of its height; at least a pixel


def crop(image: np.ndarray, method: Crop) -> np.ndarray:
    """Crop an image to its text. Nothing within the box is changed.

    Args:
        image: uint8 (height, width).
        method: `margins` cuts away the background around all ink. `line` also cuts away what stands above, below and
            beside the handwritten line, see `find_text_line`. `none` does nothing.

    Returns:
        uint8 (at most height, at most width). An image without text is returned as it is.
    """
    if method == "none":
        return image
    components = find_components(image)
    if not components.solid.any():
        return image
    text = find_text_line(components) if method == "line" else components.solid
    top, bottom = int(components.top[text].min()), int(components.bottom[text].max())
    left, right = int(components.left[text].min()), int(components.right[text].max())
    margin = max(1, round(MARGIN * (bottom - top)))
    return image[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin]
