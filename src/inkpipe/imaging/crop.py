"""Cut away empty background, and everything around the handwritten line."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from inkpipe.imaging.components import find_components
from inkpipe.imaging.joined_letters import text_columns
from inkpipe.imaging.text_line import find_text_line
from inkpipe.params.preprocess import Crop

MARGIN = 0.15  # background left on each side of the text, as a fraction of its height; at least a pixel


class Cropped(NamedTuple):
    """A cropped image.

    Attributes:
        image: uint8 (at most height, at most width).
        kept_width: the columns of ink that are left, as a fraction of those from the first to the last ink, 0 .. 1.
    """

    image: np.ndarray
    kept_width: float


def crop(image: np.ndarray, method: Crop) -> np.ndarray:
    """Crop an image to its text; see `crop_measured`."""
    return crop_measured(image, method).image


def crop_measured(image: np.ndarray, method: Crop) -> Cropped:
    """Crop an image to its text. Nothing within the box is changed.

    Args:
        image: uint8 (height, width).
        method: `margins` cuts away the background around all ink. `line` also cuts away what stands above, below and
            beside the handwritten line, see `find_text_line`: it is for one name or number on a form. Of a line of
            running text it takes nothing where the line is long; of a short one it can take a word for a printed label.
            `none` does nothing.

    Returns:
        The image, or one without text as it is, and how much of its width is left.
    """
    if method == "none":
        return Cropped(image, 1.0)
    components = find_components(image)
    if not components.solid.any():
        return Cropped(image, 1.0)
    text = find_text_line(components) if method == "line" else components.solid
    top, bottom = int(components.top[text].min()), int(components.bottom[text].max())
    left, right = text_columns(components, text)
    margin = max(1, round(MARGIN * (bottom - top)))
    part = image[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin]
    ink = int(components.right[components.solid].max() - components.left[components.solid].min())
    return Cropped(part, min(1.0, (right - left) / ink))
