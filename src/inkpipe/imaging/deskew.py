"""Level a line of text.

Skew is the angle, in degrees, by which a line rises to the right: counter-clockwise, as in `cv2.getRotationMatrix2D`.
"""

from __future__ import annotations

import math

import numpy as np

from inkpipe.imaging import ink
from inkpipe.imaging.opencv import cv2
from inkpipe.imaging.transform import transform
from inkpipe.params.preprocess import Deskew

MAX_SKEW = 20.0  # degrees; a steeper line does not occur on a form
STEP = 0.25  # degrees between two angles that are tried: a long line then ends within a pixel of its true height
ANGLES = np.linspace(-MAX_SKEW, MAX_SKEW, round(2 * MAX_SKEW / STEP) + 1)
SMOOTHING = 0.6  # degrees, standard deviation over which scores are smoothed: a single lucky angle must not win
MIN_WORD_ASPECT = 1.5  # width / height from which one connected component is a word in joined letters, not a letter
MAX_WIDTH = 400  # pixels of a line; a finer resolution does not improve the estimate
MAX_POINTS = 2000  # pixels of ink, taken evenly; more do not improve a profile
CENTERS_WEIGHT = 0.5  # of the letters' centers beside the profile: those of J and L are not at half their height
PROFILE_MARGIN = 3  # empty rows on both sides of a profile, so that its outer edges count
MIN_GAIN = 0.05  # fraction by which another angle must score better than level: a level line stays as it is


def deskew(image: np.ndarray, method: Deskew) -> np.ndarray:
    """Rotate an image so that its line of text is level.

    Args:
        image: uint8 (height, width).
        method: how the skew is estimated, see `skew`; `none` does nothing.

    Returns:
        uint8 (height or more, width or more): the canvas grows where ink would leave it.
    """
    if method == "none" or not (angle := skew(image, method)):
        return image
    return rotate(image, -angle)


def rotate(image: np.ndarray, angle: float) -> np.ndarray:
    """Rotate an image about its center.

    Args:
        image: uint8 (height, width).
        angle: degrees counter-clockwise.

    Returns:
        uint8 (height or more, width or more): the canvas grows where ink would leave it.
    """
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return transform(image, np.array([[cosine, sine], [-sine, cosine]]))


def skew(image: np.ndarray, method: Deskew) -> float:
    """Estimate the skew of the text.

    Args:
        image: uint8 (height, width).
        method: `projection` takes the angle at which the profile of ink by rows has the sharpest edges (Postl 1986)
            and the letters' centers of gravity fall on the fewest rows (their Hough transform). `min_area_rect` takes
            the direction of the smallest rectangle around all ink.

    Returns:
        Degrees, -`MAX_SKEW` .. `MAX_SKEW`; 0 if the image has no line of text.
    """
    mask = ink.mask(image)
    if method == "min_area_rect":
        return _rectangle_angle(ink.points(mask))
    return _projection_angle(mask)


def _rectangle_angle(points: np.ndarray) -> float:
    """The direction of the longer side in degrees, from the corners: OpenCV 4.5.1 changed its angle's meaning."""
    if len(points) < 3:
        return 0.0
    corners = cv2.boxPoints(cv2.minAreaRect(points))
    x, y = max(corners[1] - corners[0], corners[2] - corners[1], key=np.linalg.norm).tolist()
    angle = (math.degrees(math.atan2(-y, x)) + 90) % 180 - 90
    return angle if abs(angle) <= MAX_SKEW else 0.0


def _projection_angle(mask: np.ndarray) -> float:
    """The best of `ANGLES`; 0 without at least two letters or a joined word."""
    points, (centers, weights, height) = ink.points(mask), _letters(mask)
    if len(centers) < 2 and not _is_word(points):
        return 0.0
    points = points[:: len(points) // MAX_POINTS + 1]
    unit = max(1, mask.shape[1] // MAX_WIDTH)  # a whole number of pixels: others would put stripes into the profile
    edges = np.sum(np.diff(_profiles(points / unit, np.ones(len(points)), 0.7)) ** 2, axis=1)
    gathering = np.sum(_profiles(centers / unit, weights, max(1.0, height / unit / 4)) ** 2, axis=1)
    score = edges / edges.max() + CENTERS_WEIGHT * gathering / gathering.max()
    score = cv2.GaussianBlur(score[None], (0, 0), SMOOTHING / STEP, sigmaY=1e-6)[0]
    best = int(np.argmax(score))
    return float(ANGLES[best]) if score[best] > (1 + MIN_GAIN) * score[len(ANGLES) // 2] else 0.0


def _is_word(points: np.ndarray) -> bool:
    """Whether all ink (n, 2) together is as wide as a word."""
    width, height = np.ptp(points, axis=0) if len(points) else (0.0, 0.0)
    return bool(width > MIN_WORD_ASPECT * height)


def _letters(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Centers of gravity (n, 2) and weights (n,) of the components that are no specks, and their median height."""
    _, _, stats, centers = cv2.connectedComponentsWithStats(mask)
    heights = stats[1:, cv2.CC_STAT_HEIGHT]
    large = heights > heights.max(initial=0) / 3
    height = float(np.median(heights[large])) if large.any() else 0.0
    return centers[1:][large], np.sqrt(stats[1:, cv2.CC_STAT_AREA][large]), height


def _profiles(points: np.ndarray, weights: np.ndarray, blur: float) -> np.ndarray:
    """The weight of points (n, 2) on each row after rotating back by each of `ANGLES`, float64 (angles, rows)."""
    radians = np.radians(ANGLES)[:, None]
    rows = np.rint(points[:, 1] * np.cos(radians) + points[:, 0] * np.sin(radians)).astype(int)
    rows += PROFILE_MARGIN - rows.min()
    bins = int(rows.max()) + 1 + PROFILE_MARGIN
    index = rows + bins * np.arange(len(ANGLES))[:, None]
    profiles = np.bincount(index.ravel(), np.broadcast_to(weights, rows.shape).ravel(), bins * len(ANGLES))
    return cv2.GaussianBlur(profiles.reshape(-1, bins), (0, 0), blur, sigmaY=1e-6)
