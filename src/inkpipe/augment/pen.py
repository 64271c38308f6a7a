"""What another pen, or another hand on it, would have left: thicker, thinner, broken, blotted, rubbed out.

All change the image in place and return it.
"""

from __future__ import annotations

import cv2
import numpy as np

from inkpipe.augment.warp import noise
from inkpipe.imaging.ink import FAINTEST, PAPER

PRESSURE_SPACING = 20  # pixels over which a hand changes its pressure
THINNING = 0.6  # share of thickening's strength: a stroke of one pixel must not vanish
BLOT = 5  # pixels from a blot's centre to its edge
CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
SQUARE = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))


def pressure(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Thicken here and thin there, by up to `strength` of a pixel on each side of a stroke."""
    height, width = image.shape
    field = strength * noise(rng, height, width, PRESSURE_SPACING)
    thicker = cv2.erode(image, CROSS).astype(np.float32)
    thinner = cv2.dilate(image, CROSS).astype(np.float32)
    changed = image + np.where(field > 0, field * (thicker - image), THINNING * field * (image - thinner))
    return cv2.convertScaleAbs(changed)


def breaks(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Interrupt strokes at 1 to `strength` places, where the pen did not write."""
    for x, y in _pick(image, rng, strength):
        image[y : y + 2, x : x + 2] = PAPER
    return image


def merges(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Let ink flow together across gaps of up to two pixels, at 1 to `strength` places."""
    for x, y in _pick(image, rng, strength):
        blot = image[max(0, y - BLOT) : y + BLOT + 1, max(0, x - BLOT) : x + BLOT + 1]
        filled = cv2.morphologyEx(blot, cv2.MORPH_OPEN, SQUARE, borderType=cv2.BORDER_CONSTANT, borderValue=PAPER)
        blot[:] = cv2.addWeighted(blot, 0.5, filled, 0.5, 0)  # by half, so that small letters keep their insides
    return image


def erasing(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Fade one spot of up to `strength` pixels a side, as a rubber or a bad scan does."""
    for x, y in _pick(image, rng, 1):
        wide, high = (rng.uniform(0.5, 1, 2) * strength / 2).round().astype(int).tolist()
        spot = image[max(0, y - high) : y + high + 1, max(0, x - wide) : x + wide + 1]
        spot[:] = PAPER - (PAPER - spot) * rng.uniform(0, 0.5)
    return image


def _pick(image: np.ndarray, rng: np.random.Generator, most: float) -> list[tuple[int, int]]:
    """(x, y) of 1 to `most` inked pixels, drawn at random; none if the paper is blank."""
    inked = np.flatnonzero(image < FAINTEST)
    if not inked.size:
        return []
    places = inked[rng.integers(inked.size, size=rng.integers(1, max(1, round(most)) + 1))]
    return [(place % image.shape[1], place // image.shape[1]) for place in places.tolist()]
