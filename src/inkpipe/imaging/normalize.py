"""Give all images the same contrast, height of letters and width of strokes."""

from __future__ import annotations

import numpy as np

from inkpipe.imaging import ink
from inkpipe.imaging.components import find_components
from inkpipe.imaging.ink import BACKGROUND
from inkpipe.imaging.opencv import cv2
from inkpipe.imaging.skeleton import skeleton
from inkpipe.imaging.text_line import find_text_line
from inkpipe.params.preprocess import Contrast

CORE = 0.5  # fraction of the fullest row's ink that each row of the letters' core has at least
MAX_GAIN = 8.0  # factor by which contrast is increased at most: more would only show noise


def normalize_contrast(image: np.ndarray, method: Contrast) -> np.ndarray:
    """Make the background white and the ink black.

    Args:
        image: uint8 (height, width).
        method: `stretch` maps the medians of ink and background linearly to 0 and 255. `illumination` first divides by
            the local brightness of the background, against shadows and stains. `none` does nothing.

    Returns:
        uint8 (height, width). Without ink the contrast is not stretched.
    """
    if method == "none":
        return image
    if method == "illumination":
        image = _even_illumination(image)
    is_ink = ink.mask(image).astype(bool)
    if not is_ink.any():
        return image
    background, dark = float(np.median(image[~is_ink])), float(np.median(image[is_ink]))
    gain = min(BACKGROUND / max(1.0, background - dark), MAX_GAIN)
    return np.clip(np.rint(BACKGROUND - (background - image.astype(np.float32)) * gain), 0, BACKGROUND).astype(np.uint8)


def _even_illumination(image: np.ndarray) -> np.ndarray:
    """Divide by the brightness of the background: the brightest pixel nearby, in a window wider than any stroke."""
    window = max(3, image.shape[0] // 3) | 1
    background = cv2.dilate(image, np.ones((window, window), np.uint8))
    background = cv2.blur(background, (window, window))
    return cv2.divide(image, background, scale=BACKGROUND)


def normalize_core_height(image: np.ndarray, fraction: float) -> np.ndarray:
    """Cut or extend the background above and below until the letters' core fills the middle of the height.

    The core is the band of the letters' bodies: capitals as a whole, small letters without ascenders and descenders.

    Args:
        image: uint8 (height, width).
        fraction: of the result's height that the core takes, > 0, <= 1.

    Returns:
        uint8 (another height, width); an image without ink is returned as it is.
    """
    core = core_rows(image)
    if core is None:
        return image
    top, bottom = core
    height = max(bottom - top, round((bottom - top) / fraction))
    start = (top + bottom - height) // 2
    above, below = max(0, -start), max(0, start + height - image.shape[0])
    cut = image[max(0, start) : max(0, start) + height - above - below]
    return cv2.copyMakeBorder(cut, above, below, 0, 0, cv2.BORDER_CONSTANT, value=BACKGROUND)


def core_rows(image: np.ndarray) -> tuple[int, int] | None:
    """Find the rows of the letters' core.

    Each component of the text line counts on the rows that it spans, by its width. So thin and thick, horizontal and
    vertical strokes count alike. The core is the run of rows around the fullest one with at least `CORE` of its count.

    Args:
        image: uint8 (height, width).

    Returns:
        The first row and the one after the last, None without ink.
    """
    components = find_components(image)
    line = find_text_line(components)
    if not line.any():
        return None
    top, bottom = components.top[line], components.bottom[line]
    # A long ruled line must not outweigh letters: a component counts as no wider than it is high.
    weights = np.minimum(components.width[line], bottom - top)
    steps = np.bincount(top, weights, image.shape[0] + 1) - np.bincount(bottom, weights, image.shape[0] + 1)
    profile = np.cumsum(steps)[:-1]
    fullest = int(np.argmax(profile))
    sparse = np.flatnonzero(profile < CORE * profile[fullest])
    first = int(sparse[sparse < fullest].max(initial=-1)) + 1
    end = int(sparse[sparse > fullest].min(initial=image.shape[0]))
    return first, end


def normalize_stroke_width(image: np.ndarray, width: float) -> np.ndarray:
    """Redraw all strokes along their center lines with one width.

    Args:
        image: uint8 (height, width).
        width: of the strokes, pixels of this image, > 0.

    Returns:
        uint8 (height, width), black on white with smooth edges; an image without ink is returned as it is.
    """
    center_lines = skeleton(ink.mask(image, ink.HALF))
    if not center_lines.any():
        return image
    distance = cv2.distanceTransform(1 - center_lines, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.rint(BACKGROUND * np.clip(distance - width / 2 + 0.5, 0, 1)).astype(np.uint8)
