"""What a reader without convolutions is given instead of pixels: one vector a frame of `PIXELS_PER_FRAME` columns.

Both kinds describe each frame from top to bottom in zones, are uint8 (zones * channels, frames), 0 on blank paper,
and so can be stored as grey images.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from inkpipe.imaging import ink
from inkpipe.imaging.skeleton import neighbours, skeleton

PIXELS_PER_FRAME = 4
ZONES = 8  # from top to bottom of the image
HOG_BINS = 8  # directions of the gradient, modulo 180 degrees
DIRECTIONS = 4  # of strokes: -, \, |, /
SPLINE_CHANNELS = DIRECTIONS + 2  # and turning, and ends
HOG_SIZE = ZONES * HOG_BINS
SPLINE_SIZE = ZONES * SPLINE_CHANNELS
STEPS = ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))  # (y, x); sides before corners
OVERLAP = np.array([0.25, 0.5, 0.25], np.float32)  # of a window with the one before, itself and the one after
LEAST_NORM = 8.0  # grey levels: frames whose gradient is less than that are paper and stay near 0
DENSEST = 0.25  # pixels of stroke a pixel: what the largest value of a spline's feature stands for
SMOOTHING = 0.25  # squared pixels by which a spline may miss the centre line's pixels, which are on a grid
LEAST_STROKE = 5  # pixels: shorter paths are dots, or spurs of the skeleton; a cubic spline needs four


def hog(image: np.ndarray) -> np.ndarray:
    """Windowed histograms of oriented gradients (Dalal & Triggs 2005; by frames: Rodriguez & Perronnin 2008).

    Windows reach over half of their neighbours above, below, before and after; each frame's vector has length 1.

    Args:
        image: sized, uint8 (height, width).

    Returns:
        uint8 (HOG_SIZE, width // PIXELS_PER_FRAME), square roots of the shares.
    """
    grey = image.astype(np.float32)
    along, across = (cv2.Sobel(grey, cv2.CV_32F, *order, scale=0.25) for order in ((1, 0), (0, 1)))
    size, angle = cv2.cartToPolar(along, across)
    place = angle * (HOG_BINS / np.pi) % HOG_BINS
    apart = np.abs(place - np.arange(HOG_BINS, dtype=np.float32)[:, None, None])
    shares = np.maximum(0, 1 - np.minimum(apart, HOG_BINS - apart))  # between the two nearest bins
    sums = _windows(size * shares)
    return _quantise(sums / np.sqrt(np.sum(sums**2, axis=0) + LEAST_NORM**2))


def spline(image: np.ndarray) -> np.ndarray:
    """Cubic B-splines fitted to the strokes' centre lines and sampled at every pixel of their length.

    Each sample adds to its window: length, by direction in four; turning; and the ends of strokes.

    Args:
        image: sized, uint8 (height, width).

    Returns:
        uint8 (SPLINE_SIZE, width // PIXELS_PER_FRAME), square roots of the densities.
    """
    layers = np.zeros((SPLINE_CHANNELS, *image.shape), np.float32)
    for path in _paths(skeleton(ink.mask(image, ink.HALF))):
        _draw(layers, np.array(path, float))
    return _quantise(_windows(layers) / DENSEST)


def _windows(layers: np.ndarray) -> np.ndarray:
    """Means of layers (channels, height, width) over overlapping windows, as (zones * channels, frames)."""
    frames = layers.shape[2] // PIXELS_PER_FRAME
    means = np.stack([_window(layer[:, : frames * PIXELS_PER_FRAME], frames) for layer in layers], axis=1)
    return means.reshape(ZONES * len(layers), frames)


def _window(layer: np.ndarray, frames: int) -> np.ndarray:
    means = cv2.resize(layer, (frames, ZONES), interpolation=cv2.INTER_AREA)
    return cv2.sepFilter2D(means, -1, OVERLAP, OVERLAP, borderType=cv2.BORDER_CONSTANT)


def _quantise(shares: np.ndarray) -> np.ndarray:
    return np.rint(255 * np.sqrt(np.clip(shares, 0, 1))).astype(np.uint8)


def _paths(centre: np.ndarray) -> Iterator[list[tuple[int, int]]]:
    """The pixels (y, x) of each stroke between ends and junctions, in writing order or its reverse."""
    loose = centre * (neighbours(centre) <= 2)
    left = dict.fromkeys(zip(*(axis.tolist() for axis in np.nonzero(loose)), strict=True))
    ends = zip(*(axis.tolist() for axis in np.nonzero(loose * (neighbours(loose) <= 1))), strict=True)
    for start in [*ends, *left]:  # what has no end is a loop, which any of its pixels starts
        if start in left:
            yield _walk(start, left)


def _walk(start: tuple[int, int], left: dict[tuple[int, int], None]) -> list[tuple[int, int]]:
    """Follow a path from `start`, taking its pixels out of `left`."""
    path = []
    step: tuple[int, int] | None = start
    while step is not None:
        del left[step]
        path.append(step)
        y, x = step
        step = next((near for dy, dx in STEPS if (near := (y + dy, x + dx)) in left), None)
    return path


def _draw(layers: np.ndarray, path: np.ndarray) -> None:
    """Add a stroke (n, 2) of pixels (y, x) to the layers (channels, height, width)."""
    lengths, turning, ends = layers[:DIRECTIONS], layers[DIRECTIONS], layers[DIRECTIONS + 1]
    for y, x in path[[0, -1]].astype(int):
        ends[y, x] += 1
    if len(path) < LEAST_STROKE:
        return
    from scipy.interpolate import splev, splprep  # late: half of each worker's start-up, for this one option

    curve, _ = splprep(path.T, s=SMOOTHING * len(path))
    at = np.linspace(0, 1, len(path))
    (y, x), (dy, dx), (ddy, ddx) = (np.array(splev(at, curve, der=order)) for order in range(3))
    rows = np.clip(np.rint(y), 0, layers.shape[1] - 1).astype(int)
    columns = np.clip(np.rint(x), 0, layers.shape[2] - 1).astype(int)
    speed = np.hypot(dy, dx) + 1e-9
    share = speed / speed.sum() * _length(path)
    direction = np.rint(np.arctan2(dy, dx) * (DIRECTIONS / np.pi)).astype(int) % DIRECTIONS
    np.add.at(lengths, (direction, rows, columns), share)
    np.add.at(turning, (rows, columns), share * np.minimum(1, np.abs(dx * ddy - dy * ddx) / speed**3))


def _length(path: np.ndarray) -> float:
    return float(np.hypot(*np.diff(path, axis=0).T).sum())
