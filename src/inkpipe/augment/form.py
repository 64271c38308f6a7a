"""What the form and its scan add around the handwriting: cut-off print, rules, page edges, specks.

All change the image in place and return it.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from inkpipe.imaging.ink import PAPER, bounding_box

PRINT = ("NOM :", "PRENOM :", "DATE DE NAISSANCE", "CLASSE :", "CODE RNE / UAI :", "NAME", "04 07 1952", "VILLE")
SIZES = (0.3, 0.4, 0.5)  # of the printed letters, in OpenCV's unit: 7 to 12 pixels high


def furniture(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Put cut-off print or a rule, up to `strength` pixels of it, on one border where the paper is free."""
    height, width = image.shape
    left, top, right, bottom = bounding_box(image) or (width, height, 0, 0)
    free = (top, height - bottom, left, width - right)
    side = int(rng.integers(4))
    depth = min(free[side] - 1, round(strength))
    if depth < 2:
        return image
    if side < 2:
        piece = _print(rng) if rng.random() < 0.7 else np.zeros((1, width), np.uint8)
        strip = image[:depth] if side == 0 else image[-depth:]
        _put(strip, piece[-depth:] if side == 0 else piece[:depth], rng)
    else:
        strip = image[:, :depth] if side == 2 else image[:, -depth:]
        _put(strip, np.zeros((int(rng.integers(height // 3, height + 1)), 1), np.uint8), rng)
    return image


def specks(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Drop 1 to `strength` specks of dirt of one or two pixels."""
    count = int(rng.integers(1, max(1, round(strength)) + 1))
    places = (rng.random((count, 2)) * image.shape).astype(int)
    for (y, x), size in zip(places, rng.integers(1, 3, count), strict=True):
        image[y : y + size, x : x + size] = rng.integers(160)
    return image


def _put(strip: np.ndarray, piece: np.ndarray, rng: np.random.Generator) -> None:
    """Print `piece` at a random place of `strip`, cut where it does not fit."""
    y, x = (int(rng.integers(0, max(1, room - size + 1))) for room, size in zip(strip.shape, piece.shape, strict=True))
    spot = strip[y : y + piece.shape[0], x : x + piece.shape[1]]
    np.minimum(spot, piece[: spot.shape[0], : spot.shape[1]], out=spot)


def _print(rng: np.random.Generator) -> np.ndarray:
    pieces = _pieces()
    return pieces[rng.integers(len(pieces))]


@cache
def _pieces() -> tuple[np.ndarray, ...]:
    """Printed words, tightly cropped."""
    pieces = []
    for text in PRINT:
        for size in SIZES:
            (wide, high), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, size, 1)
            canvas = np.full((high + below + 4, wide + 4), PAPER, np.uint8)
            cv2.putText(canvas, text, (2, high + 2), cv2.FONT_HERSHEY_DUPLEX, size, 0, 1, cv2.LINE_AA)
            left, top, right, bottom = bounding_box(canvas) or (0, 0, wide, high)
            pieces.append(canvas[top:bottom, left:right])
    return tuple(pieces)
