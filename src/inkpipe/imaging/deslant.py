"""Set leaning letters upright.

Slant is the angle in degrees by which letters lean to the right of the vertical.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from inkpipe.imaging import ink
from inkpipe.params.preprocess import Deslant

STEEPEST = 44  # degrees
ANGLES = range(-STEEPEST, STEEPEST + 1, 2)  # degrees that are tried
BLUR = 2  # degrees over which the measure is smoothed: a single lucky angle counts little
WIDENING = 3  # factor of the width: a stroke twenty pixels high shifts by one pixel in three degrees, then in one
HIGHEST = 64  # pixels to which the text is shrunk


def deslant(image: np.ndarray, method: Deslant) -> np.ndarray:
    """Shear so that the letters stand upright; the canvas grows where ink would leave it.

    Args:
        image: uint8 (height, width).
        method: `none`, or `vinciarelli`, see `slant`.

    Returns:
        uint8 (height, width or more).
    """
    if method == "none" or not (angle := slant(image)):
        return image
    return shear(image, -angle)


def shear(image: np.ndarray, angle: float) -> np.ndarray:
    """Lean all by `angle` degrees to the right about the centre."""
    return ink.transform(image, np.array([[1, -math.tan(math.radians(angle))], [0, 1]]))


def slant(image: np.ndarray) -> float:
    """Estimate by how many degrees letters lean to the right, within -`STEEPEST` .. `STEEPEST`; 0 if unknown.

    Vinciarelli & Luettin (2001): upright letters have the most columns that are one unbroken stroke, each counted by
    the square of its length.

    Args:
        image: uint8 (height, width).
    """
    box = ink.bounding_box(image)
    if box is None:
        return 0.0
    text = image[box.top : box.bottom, box.left : box.right]
    scale = min(1.0, HIGHEST / text.shape[0])
    stroke = ink.mask(cv2.resize(text, None, fx=scale * WIDENING, fy=scale, interpolation=cv2.INTER_LINEAR))
    scores = np.array([[_uprightness(stroke, angle) for angle in ANGLES]])
    return float(ANGLES[int(np.argmax(cv2.GaussianBlur(scores, (0, 0), BLUR / ANGLES.step, sigmaY=1e-6)))])


def _uprightness(stroke: np.ndarray, angle: int) -> float:
    """The sum, over columns that are one unbroken stroke once a slant of `angle` is undone, of its length squared."""
    height, width = stroke.shape
    tangent = WIDENING * math.tan(math.radians(angle))
    reach = math.ceil(abs(tangent) * height)
    matrix = np.array([[1, tangent, reach - tangent * height / 2], [0, 1, 0]])
    upright = cv2.warpAffine(stroke, matrix, (width + 2 * reach, height), flags=cv2.INTER_NEAREST)
    length = cv2.reduce(upright, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0]
    extent = height - upright.argmax(axis=0) - upright[::-1].argmax(axis=0)
    return float(np.sum(length[length == extent].astype(float) ** 2))
