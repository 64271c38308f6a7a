"""Distortions of the strokes: thicker, thinner, interrupted, blotted or faded, as another pen would leave them.

The functions may change the image in place. They return the distorted image.
"""

from __future__ import annotations

import numpy as np

from inkpipe.augment.noise import smooth_noise
from inkpipe.imaging.ink import BACKGROUND, INK_LEVEL
from inkpipe.imaging.opencv import cv2

PRESSURE_SPACING = 20  # pixels between independent pressures: about one letter
THINNING = 0.6  # thinning as a fraction of thickening: a stroke one pixel wide must not vanish
GAP = 2  # pixels, side of a gap: as wide as a stroke of a sized image
BLOT_RADIUS = 5  # pixels from the center of a blot to its edge: within one letter, or between two
CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
SQUARE = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))  # closes gaps of up to two pixels


def pressure(image: np.ndarray, rng: np.random.Generator, magnitude: float) -> np.ndarray:
    """Thicken strokes in some places and thin them in others.

    Args:
        image: uint8 (height, width).
        rng: source of randomness.
        magnitude: largest change on each side of a stroke, pixels, 0 .. 1.

    Returns:
        A new uint8 array of the same shape.
    """
    height, width = image.shape
    field = magnitude * smooth_noise(rng, height, width, PRESSURE_SPACING)
    thicker = cv2.erode(image, CROSS).astype(np.float32)
    thinner = cv2.dilate(image, CROSS).astype(np.float32)
    changed = image + np.where(field > 0, field * (thicker - image), THINNING * field * (image - thinner))
    return cv2.convertScaleAbs(changed)


def stroke_gaps(image: np.ndarray, rng: np.random.Generator, magnitude: float) -> np.ndarray:
    """Interrupt strokes, as a pen that skips does.

    Args:
        image: uint8 (height, width), changed in place.
        rng: source of randomness.
        magnitude: largest number of gaps; at least one is made.

    Returns:
        The same array.
    """
    for x, y in _ink_pixels(image, rng, magnitude):
        image[y : y + GAP, x : x + GAP] = BACKGROUND
    return image


def ink_bleed(image: np.ndarray, rng: np.random.Generator, magnitude: float) -> np.ndarray:
    """Let ink run together across gaps of up to two pixels, at half of its darkness.

    Args:
        image: uint8 (height, width), changed in place.
        rng: source of randomness.
        magnitude: largest number of blots; at least one is made.

    Returns:
        The same array.
    """
    for x, y in _ink_pixels(image, rng, magnitude):
        blot = image[max(0, y - BLOT_RADIUS) : y + BLOT_RADIUS + 1, max(0, x - BLOT_RADIUS) : x + BLOT_RADIUS + 1]
        filled = cv2.morphologyEx(blot, cv2.MORPH_OPEN, SQUARE, borderType=cv2.BORDER_CONSTANT, borderValue=BACKGROUND)
        # Half of it, so that small letters stay open. Ink on the outermost pixels of the blot fades by half.
        blot[:] = cv2.addWeighted(blot, 0.5, filled, 0.5, 0)
    return image


def erasing(image: np.ndarray, rng: np.random.Generator, magnitude: float) -> np.ndarray:
    """Fade one spot of the ink to between half and none of its darkness.

    Args:
        image: uint8 (height, width), changed in place.
        rng: source of randomness.
        magnitude: largest side of the spot, pixels.

    Returns:
        The same array.
    """
    for x, y in _ink_pixels(image, rng, 1):
        reach_x, reach_y = (rng.uniform(0.5, 1, 2) * magnitude / 2).round().astype(int).tolist()
        spot = image[max(0, y - reach_y) : y + reach_y + 1, max(0, x - reach_x) : x + reach_x + 1]
        spot[:] = BACKGROUND - (BACKGROUND - spot) * rng.uniform(0, 0.5)
    return image


def _ink_pixels(image: np.ndarray, rng: np.random.Generator, max_count: float) -> list[tuple[int, int]]:
    """(x, y) of 1 to `max_count` random pixels of ink; none in a blank image."""
    ink = np.flatnonzero(image < INK_LEVEL)
    if not ink.size:
        return []
    pixels = ink[rng.integers(ink.size, size=rng.integers(1, max(1, round(max_count)) + 1))]
    return [(pixel % image.shape[1], pixel // image.shape[1]) for pixel in pixels.tolist()]


DISTORTIONS = {  # by parameter of `augment`, in the order of application
    "pressure": pressure,
    "stroke_gaps": stroke_gaps,
    "ink_bleed": ink_bleed,
    "erasing": erasing,
}
