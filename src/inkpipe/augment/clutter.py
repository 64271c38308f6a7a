"""Additions around the handwriting: cut-off print, ruled lines, page edges and specks, as forms and scans have them.

The functions change the image in place and return it.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from inkpipe.imaging.ink import BACKGROUND, bounding_box
from inkpipe.imaging.opencv import cv2

LABELS = ("NOM :", "PRENOM :", "DATE DE NAISSANCE", "CLASSE :", "CODE RNE / UAI :", "NAME", "04 07 1952", "VILLE")
FONT_SCALES = (0.3, 0.4, 0.5)  # OpenCV's unit: letters 7 to 12 pixels high, as print is beside handwriting
LABEL_PROBABILITY = 0.7  # on the upper or lower border; a ruled line otherwise
MIN_DEPTH = 2  # pixels from the border: with less room nothing is added
MAX_SPECK_LEVEL = 160  # gray level below which a speck lies: dark enough to count as ink


def form_clutter(image: np.ndarray, rng: np.random.Generator, magnitude: float) -> np.ndarray:
    """Add cut-off print, a ruled line or a page edge on one random border. It does not touch the handwriting.

    Args:
        image: uint8 (height, width), changed in place.
        rng: source of randomness.
        magnitude: how far it reaches into the image from the border at most, pixels.

    Returns:
        The same array, unchanged if there is no room on the border.
    """
    height, width = image.shape
    left, top, right, bottom = bounding_box(image) or (width, height, 0, 0)
    room = (top, height - bottom, left, width - right)
    side = int(rng.integers(4))  # 0 top, 1 bottom, 2 left, 3 right
    depth = min(room[side] - 1, round(magnitude))
    if depth < MIN_DEPTH:
        return image
    if side < 2:
        piece = _random_label(rng) if rng.random() < LABEL_PROBABILITY else np.zeros((1, width), np.uint8)
        strip = image[:depth] if side == 0 else image[-depth:]
        _paste(strip, piece[-depth:] if side == 0 else piece[:depth], rng)
    else:
        strip = image[:, :depth] if side == 2 else image[:, -depth:]
        _paste(strip, np.zeros((int(rng.integers(height // 3, height + 1)), 1), np.uint8), rng)
    return image


def specks(image: np.ndarray, rng: np.random.Generator, magnitude: float) -> np.ndarray:
    """Add specks of dirt of one or two pixels a side.

    Args:
        image: uint8 (height, width), changed in place.
        rng: source of randomness.
        magnitude: largest number of specks; at least one is added.

    Returns:
        The same array.
    """
    count = int(rng.integers(1, max(1, round(magnitude)) + 1))
    positions = (rng.random((count, 2)) * image.shape).astype(int)
    for (y, x), size in zip(positions, rng.integers(1, 3, count), strict=True):
        image[y : y + size, x : x + size] = rng.integers(MAX_SPECK_LEVEL)
    return image


def _paste(strip: np.ndarray, piece: np.ndarray, rng: np.random.Generator) -> None:
    """Print `piece` at a random place of `strip`, cut off where it does not fit."""
    y, x = (int(rng.integers(0, max(1, room - size + 1))) for room, size in zip(strip.shape, piece.shape, strict=True))
    spot = strip[y : y + piece.shape[0], x : x + piece.shape[1]]
    np.minimum(spot, piece[: spot.shape[0], : spot.shape[1]], out=spot)


def _random_label(rng: np.random.Generator) -> np.ndarray:
    """The picture of one printed label."""
    pictures = _label_pictures()
    return pictures[rng.integers(len(pictures))]


@cache
def _label_pictures() -> tuple[np.ndarray, ...]:
    """Each of `LABELS` in each of `FONT_SCALES`, tightly cropped."""
    pictures = []
    for text in LABELS:
        for scale in FONT_SCALES:
            (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, scale, 1)
            canvas = np.full((height + below + 4, width + 4), BACKGROUND, np.uint8)
            cv2.putText(canvas, text, (2, height + 2), cv2.FONT_HERSHEY_DUPLEX, scale, 0, 1, cv2.LINE_AA)
            left, top, right, bottom = bounding_box(canvas) or (0, 0, width, height)
            pictures.append(canvas[top:bottom, left:right])
    return tuple(pictures)


DISTORTIONS = {  # by parameter of `augment`, in the order of application
    "form_clutter": form_clutter,
    "specks": specks,
}
