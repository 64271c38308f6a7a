"""Turn a line of text level.

Skew is the angle in degrees by which a line rises to the right (counter-clockwise, as in `cv2.getRotationMatrix2D`).
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from inkpipe.imaging import ink
from inkpipe.params.preprocess import Deskew

STEEPEST = 20.0  # degrees; a line steeper than that is not a line of a form
STEP = 0.25  # degrees between angles that are tried
ANGLES = np.linspace(-STEEPEST, STEEPEST, round(2 * STEEPEST / STEP) + 1)
BLUR = 0.6  # degrees over which the score is smoothed: a single lucky angle counts little
WORD = 1.5  # width / height from which one connected part is a word in joined letters, no single letter
WIDEST = 400  # pixels of a line: more do not sharpen the estimate
MOST_POINTS = 2000  # of ink, taken evenly: more do not sharpen a profile
CENTRES = 0.5  # weight of the centres of gravity beside the profile: those of J and L are off the middle
MARGIN = 3  # empty rows beside a profile, so that its outer edges count
PREFERENCE = 0.05  # share by which another angle must be better than level: what is level stays level


def deskew(image: np.ndarray, method: Deskew) -> np.ndarray:
    """Rotate so that the line of text is level; the canvas grows where ink would leave it.

    Args:
        image: uint8 (height, width).
        method: `none`, or how `skew` estimates.

    Returns:
        uint8 (height or more, width or more).
    """
    if method == "none" or not (angle := skew(image, method)):
        return image
    return rotate(image, -angle)


def rotate(image: np.ndarray, angle: float) -> np.ndarray:
    """Rotate counter-clockwise by `angle` degrees about the centre."""
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return ink.transform(image, np.array([[cosine, sine], [-sine, cosine]]))


def skew(image: np.ndarray, method: Deskew) -> float:
    """Estimate by how many degrees the text rises to the right, within -`STEEPEST` .. `STEEPEST`; 0 if unknown.

    Args:
        image: uint8 (height, width).
        method: `projection` seeks the angle at which the profile of ink by rows has the sharpest edges (Postl 1986) and
            the characters' centres of gravity gather on the fewest rows (their Hough transform);
            `min_area_rect` takes the direction of the smallest rectangle around all ink.
    """
    stroke = ink.mask(image)
    if method == "min_area_rect":
        return _rectangle_angle(ink.points(stroke))
    return _projection_angle(stroke)


def _rectangle_angle(points: np.ndarray) -> float:
    """The direction of the longer side, from corners: how OpenCV counts a rectangle's angle changed in 4.5.1."""
    if len(points) < 3:
        return 0.0
    corners = cv2.boxPoints(cv2.minAreaRect(points))
    x, y = max(corners[1] - corners[0], corners[2] - corners[1], key=np.linalg.norm).tolist()
    angle = (math.degrees(math.atan2(-y, x)) + 90) % 180 - 90
    return angle if abs(angle) <= STEEPEST else 0.0


def _projection_angle(stroke: np.ndarray) -> float:
    points, (centres, weights, height) = ink.points(stroke), _characters(stroke)
    if len(centres) < 2 and not _is_word(points):
        return 0.0
    points = points[:: len(points) // MOST_POINTS + 1]
    unit = max(1, stroke.shape[1] // WIDEST)  # whole, or rounding would stripe the profile
    edges = np.sum(np.diff(_profiles(points / unit, np.ones(len(points)), 0.7)) ** 2, axis=1)
    heaps = np.sum(_profiles(centres / unit, weights, max(1.0, height / unit / 4)) ** 2, axis=1)
    score = edges / edges.max() + CENTRES * heaps / heaps.max()
    score = cv2.GaussianBlur(score[None], (0, 0), BLUR / STEP, sigmaY=1e-6)[0]
    best = int(np.argmax(score))
    return float(ANGLES[best]) if score[best] > (1 + PREFERENCE) * score[len(ANGLES) // 2] else 0.0


def _is_word(points: np.ndarray) -> bool:
    wide, high = np.ptp(points, axis=0) if len(points) else (0.0, 0.0)
    return bool(wide > WORD * high)


def _characters(stroke: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Centres of gravity (n, 2) and weights (n,) of the connected parts, and their median height; specks left out."""
    _, _, stats, centres = cv2.connectedComponentsWithStats(stroke)
    heights = stats[1:, cv2.CC_STAT_HEIGHT]
    large = heights > heights.max(initial=0) / 3
    height = float(np.median(heights[large])) if large.any() else 0.0
    return centres[1:][large], np.sqrt(stats[1:, cv2.CC_STAT_AREA][large]), height


def _profiles(points: np.ndarray, weights: np.ndarray, blur: float) -> np.ndarray:
    """The weight of points (n, 2) on each row once each of `ANGLES` is undone, float64 (angles, rows)."""
    radians = np.radians(ANGLES)[:, None]
    rows = np.rint(points[:, 1] * np.cos(radians) + points[:, 0] * np.sin(radians)).astype(int)
    rows += MARGIN - rows.min()
    bins = int(rows.max()) + 1 + MARGIN
    index = rows + bins * np.arange(len(ANGLES))[:, None]
    profiles = np.bincount(index.ravel(), np.broadcast_to(weights, rows.shape).ravel(), bins * len(ANGLES))
    return cv2.GaussianBlur(profiles.reshape(-1, bins), (0, 0), blur, sigmaY=1e-6)
