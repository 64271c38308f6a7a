"""Bring contrast, height of the letters and width of the strokes to what all images then share."""

from __future__ import annotations

import cv2
import numpy as np

from inkpipe.imaging import ink
from inkpipe.imaging.ink import PAPER
from inkpipe.imaging.parts import Parts
from inkpipe.imaging.skeleton import skeleton
from inkpipe.params.preprocess import Contrast

CORE = 0.5  # share of the profile's height: rows with more ink than that belong to the letters' core
MOST_GAIN = 8.0  # factor by which contrast grows at most: beyond it only noise is left to see


def normalise_contrast(image: np.ndarray, method: Contrast) -> np.ndarray:
    """Make paper white and ink black.

    Args:
        image: uint8 (height, width).
        method: `stretch` maps the ink's and the paper's median linearly to 0 and 255; `illumination` first divides by
            the paper's own brightness from place to place, against shadows and stains; `none`.

    Returns:
        uint8 (height, width); an image without ink is returned as it is.
    """
    if method == "none":
        return image
    if method == "illumination":
        image = _flatten(image)
    stroke = ink.mask(image).astype(bool)
    if not stroke.any():
        return image
    paper, pen = float(np.median(image[~stroke])), float(np.median(image[stroke]))
    gain = min(PAPER / max(1.0, paper - pen), MOST_GAIN)
    return np.clip(np.rint(PAPER - (paper - image.astype(np.float32)) * gain), 0, PAPER).astype(np.uint8)


def _flatten(image: np.ndarray) -> np.ndarray:
    """Divide by the paper's brightness: the brightest nearby, beyond the reach of any stroke, smoothed."""
    reach = max(3, image.shape[0] // 3) | 1
    paper = cv2.dilate(image, np.ones((reach, reach), np.uint8))
    paper = cv2.blur(paper, (reach, reach))
    return cv2.divide(image, paper, scale=PAPER)


def normalise_core_height(image: np.ndarray, share: float) -> np.ndarray:
    """Cut or extend the paper above and below so that the letters' core takes `share` of the height, in its middle.

    The core is where letters have their bodies: capitals as a whole, small letters without ascenders and descenders.

    Args:
        image: uint8 (height, width).
        share: 0 < share <= 1.

    Returns:
        uint8 (other height, width); an image without ink is returned as it is.
    """
    core = core_rows(image)
    if core is None:
        return image
    top, bottom = core
    height = max(bottom - top, round((bottom - top) / share))
    start = (top + bottom - height) // 2
    above, below = max(0, -start), max(0, start + height - image.shape[0])
    cut = image[max(0, start) : max(0, start) + height - above - below]
    return cv2.copyMakeBorder(cut, above, below, 0, 0, cv2.BORDER_CONSTANT, value=PAPER)


def core_rows(image: np.ndarray) -> tuple[int, int] | None:
    """The rows (first, last exclusive) of the letters' core, None without ink.

    Each connected part of the line of interest counts on the rows that it spans, by its width: thin and thick,
    horizontal and vertical strokes count alike. The core is the run of rows around the fullest that have `CORE` of its
    count.
    """
    parts = Parts(image)
    line = parts.line()
    if not line.any():
        return None
    top, bottom = parts.top[line], parts.bottom[line]
    # A rule is no taller letter for being long: a part counts as no wider than it is high.
    weights = np.minimum(parts.right[line] - parts.left[line], bottom - top)
    steps = np.bincount(top, weights, image.shape[0] + 1) - np.bincount(bottom, weights, image.shape[0] + 1)
    profile = np.cumsum(steps)[:-1]
    full = int(np.argmax(profile))
    low = np.flatnonzero(profile < CORE * profile[full])
    first = int(low[low < full].max(initial=-1)) + 1
    last = int(low[low > full].min(initial=image.shape[0]))
    return first, last


def normalise_stroke_width(image: np.ndarray, width: float) -> np.ndarray:
    """Redraw the strokes' centre lines with one width.

    Args:
        image: uint8 (height, width).
        width: pixels of this image, > 0.

    Returns:
        uint8 (height, width), black on white with smooth edges.
    """
    centre = skeleton(ink.mask(image, ink.HALF))
    if not centre.any():
        return image
    distance = cv2.distanceTransform(1 - centre, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.rint(PAPER * np.clip(distance - width / 2 + 0.5, 0, 1)).astype(np.uint8)
