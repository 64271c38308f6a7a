"""Set leaning letters upright.

Slant is the angle, in degrees, by which letters lean to the right of the vertical.
"""

from __future__ import annotations

import math

import numpy as np

from inkpipe.imaging import ink
from inkpipe.imaging.opencv import cv2
from inkpipe.imaging.transform import transform
from inkpipe.params.preprocess import Deslant

MAX_SLANT = 44  # degrees; handwriting hardly leans more
ANGLES = range(-MAX_SLANT, MAX_SLANT + 1, 2)  # degrees that are tried
SMOOTHING = 2  # degrees, standard deviation over which scores are smoothed: so that no outlier angle is chosen
WIDENING = 3  # factor of the width: a stroke 20 px high then moves by a pixel in one degree instead of three
MAX_HEIGHT = 64  # pixels to which higher text is shrunk; more do not improve the estimate


def deslant(image: np.ndarray, method: Deslant) -> np.ndarray:
    """Shear an image so that its letters stand upright.

    Args:
        image: uint8 (height, width).
        method: `vinciarelli`, see `slant`; `none` does nothing.

    Returns:
        uint8 (height, width or more): the canvas grows where ink would leave it.
    """
    if method == "none" or not (angle := slant(image)):
        return image
    return shear(image, -angle)


def shear(image: np.ndarray, angle: float) -> np.ndarray:
    """Lean an image about its center.

    Args:
        image: uint8 (height, width).
        angle: degrees to the right.

    Returns:
        uint8 (height, width or more): the canvas grows where ink would leave it.
    """
    return transform(image, np.array([[1, -math.tan(math.radians(angle))], [0, 1]]))


def slant(image: np.ndarray) -> float:
    """Estimate the slant of the letters (Vinciarelli & Luettin 2001).

    Upright letters have the most columns whose ink is one unbroken stroke. Each such column counts by the square of its
    stroke's length.

    Args:
        image: uint8 (height, width).

    Returns:
        Degrees, -`MAX_SLANT` .. `MAX_SLANT`; 0 if the image has no ink.
    """
    box = ink.bounding_box(image)
    if box is None:
        return 0.0
    text = image[box.top : box.bottom, box.left : box.right]
    scale = min(1.0, MAX_HEIGHT / text.shape[0])
    mask = ink.mask(cv2.resize(text, None, fx=scale * WIDENING, fy=scale, interpolation=cv2.INTER_LINEAR))
    scores = np.array([[_uprightness(mask, angle) for angle in ANGLES]])
    return float(ANGLES[int(np.argmax(cv2.GaussianBlur(scores, (0, 0), SMOOTHING / ANGLES.step, sigmaY=1e-6)))])


def _uprightness(mask: np.ndarray, angle: int) -> float:
    """The sum of squared stroke lengths over unbroken columns, after shearing back by `angle` degrees."""
    height, width = mask.shape
    tangent = WIDENING * math.tan(math.radians(angle))
    margin = math.ceil(abs(tangent) * height)
    matrix = np.array([[1, tangent, margin - tangent * height / 2], [0, 1, 0]])
    upright = cv2.warpAffine(mask, matrix, (width + 2 * margin, height), flags=cv2.INTER_NEAREST)
    length = cv2.reduce(upright, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0]
    extent = height - upright.argmax(axis=0) - upright[::-1].argmax(axis=0)
    return float(np.sum(length[length == extent].astype(float) ** 2))
