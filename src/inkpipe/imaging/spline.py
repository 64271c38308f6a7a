"""Splines along the center lines of strokes, as features: one vector a frame."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inkpipe.imaging import ink
from inkpipe.imaging.features import ZONES, quantize, window_means
from inkpipe.imaging.skeleton import count_neighbors, skeleton

DIRECTIONS = 4  # of strokes: -, \, |, /
SPLINE_CHANNELS = DIRECTIONS + 2  # and turning, and ends of strokes
SPLINE_SIZE = ZONES * SPLINE_CHANNELS  # values a frame
STEPS = ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))  # (y, x) to a neighbor; sides first
MAX_DENSITY = 0.25  # pixels of center line a pixel of a window: stored as 255
SMOOTHING = 0.25  # squared pixels by which a spline may miss each pixel: center lines lie on the pixel grid
MIN_LENGTH = 5  # pixels; shorter paths are dots or spurs of the skeleton, and a cubic spline needs four


def spline(image: np.ndarray) -> np.ndarray:
    """Describe each frame by the course of its strokes.

    Cubic B-splines are fitted to the center lines of the strokes and sampled once a pixel of length. Each sample adds
    to its window: length, in one of four directions, and turning. The ends of strokes are counted.

    Args:
        image: sized, uint8 (height, width).

    Returns:
        uint8 (SPLINE_SIZE, width // PIXELS_PER_FRAME), square roots of the densities, 255 for `MAX_DENSITY`.
    """
    layers = np.zeros((SPLINE_CHANNELS, *image.shape), np.float32)
    for path in _paths(skeleton(ink.mask(image, ink.HALF))):
        _add_stroke(layers, np.array(path, float))
    return quantize(window_means(layers) / MAX_DENSITY)


def _paths(center_lines: np.ndarray) -> Iterator[list[tuple[int, int]]]:
    """The pixels (y, x) of each stroke between ends and junctions, from one end to the other."""
    without_junctions = center_lines * (count_neighbors(center_lines) <= 2)
    remaining = dict.fromkeys(_coordinates(without_junctions))
    ends = _coordinates(without_junctions * (count_neighbors(without_junctions) <= 1))
    for start in [*ends, *remaining]:  # paths without an end are loops: any of their pixels can be the start
        if start in remaining:
            yield _follow(start, remaining)


def _coordinates(mask: np.ndarray) -> list[tuple[int, int]]:
    """(y, x) of each pixel that is not 0, row by row."""
    return list(zip(*(axis.tolist() for axis in np.nonzero(mask)), strict=True))


def _follow(start: tuple[int, int], remaining: dict[tuple[int, int], None]) -> list[tuple[int, int]]:
    """Follow a path from `start` and remove its pixels from `remaining`."""
    path = []
    pixel: tuple[int, int] | None = start
    while pixel is not None:
        del remaining[pixel]
        path.append(pixel)
        y, x = pixel
        pixel = next((neighbor for dy, dx in STEPS if (neighbor := (y + dy, x + dx)) in remaining), None)
    return path


def _add_stroke(layers: np.ndarray, path: np.ndarray) -> None:
    """Add a stroke, float (n, 2) of pixels (y, x), to the layers (channels, height, width)."""
    lengths, turning, ends = layers[:DIRECTIONS], layers[DIRECTIONS], layers[DIRECTIONS + 1]
    for y, x in path[[0, -1]].astype(int):
        ends[y, x] += 1
    if len(path) < MIN_LENGTH:
        return
    from scipy.interpolate import splev, splprep  # late: half of a worker's start-up time, for this option alone

    curve, _ = splprep(path.T, s=SMOOTHING * len(path))
    positions = np.linspace(0, 1, len(path))
    (y, x), (dy, dx), (ddy, ddx) = (np.array(splev(positions, curve, der=order)) for order in range(3))
    rows = np.clip(np.rint(y), 0, layers.shape[1] - 1).astype(int)
    columns = np.clip(np.rint(x), 0, layers.shape[2] - 1).astype(int)
    speed = np.hypot(dy, dx) + 1e-9
    length = speed / speed.sum() * _path_length(path)
    direction = np.rint(np.arctan2(dy, dx) * (DIRECTIONS / np.pi)).astype(int) % DIRECTIONS
    np.add.at(lengths, (direction, rows, columns), length)
    np.add.at(turning, (rows, columns), length * np.minimum(1, np.abs(dx * ddy - dy * ddx) / speed**3))


def _path_length(path: np.ndarray) -> float:
    """Length in pixels."""
    return float(np.hypot(*np.diff(path, axis=0).T).sum())
