"""Characters as pen paths: reads `glyphs.txt` into densely sampled strokes.

A variant of a character is a handful of control points that a person can read and edit. Straight lines join corners; a
non-uniform Catmull-Rom spline passes the smooth points (E. Catmull, R. Rom: A class of local interpolating splines,
1974; here in Hermite form).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

STEP = 5.0  # arc length between samples; capitals are 100 high, so a vertical stem has about 20 samples
ROUNDING_REACH = 6  # samples on each side over which a corner is rounded, at most
SPLINE_SAMPLES = 16  # of each piece between two control points, before sampling at even steps
MIN_LENGTH = 1e-3  # guards divisions by the length of a vector

Array = NDArray[np.float32]


class ControlPoint(NamedTuple):
    """A point of a pen path as the file gives it: a smooth point or a corner."""

    x: float
    y: float
    smooth: bool


@dataclass(frozen=True, eq=False)
class Glyph:
    """One way to write one character. x runs to the right, y up; the baseline is y = 0, a capital is 100 high.

    Attributes:
        character: the character, or the name of a mark such as `acute`.
        category: `cap` (capital), `low` (lower case), `digit` or `mark` (accent).
        weight: relative frequency among the variants of its character and category.
        points: float32 (n, 2), samples of all strokes in the order of writing.
        rounded: float32 (n, 2), the same with all corners rounded; a writer's shape lies between the two.
        progress: float32 (n,), position of each sample in its stroke: 0 (start) .. 1 (end).
        curvature: float32 (n,), turn of the path at each sample: 0 (straight) .. 1 (reversal).
        stroke: int (n,), index of each sample's stroke.
    """

    character: str
    category: str
    weight: float
    points: Array
    rounded: Array
    progress: Array
    curvature: Array
    stroke: NDArray[np.intp]

    @property
    def left(self) -> float:
        """The least x."""
        return float(self.points[:, 0].min())

    @property
    def right(self) -> float:
        """The greatest x."""
        return float(self.points[:, 0].max())

    @property
    def top(self) -> float:
        """The greatest y."""
        return float(self.points[:, 1].max())

    @property
    def strokes(self) -> int:
        """The number of strokes."""
        return int(self.stroke[-1]) + 1


@cache
def glyph_variants() -> Mapping[tuple[str, str], tuple[Glyph, ...]]:
    """Load all glyphs.

    Returns:
        The variants by (character, category), in the order of the file.
    """
    text = resources.files(__package__).joinpath("glyphs.txt").read_text(encoding="utf-8")
    table: dict[tuple[str, str], list[Glyph]] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("# ") and line != "#":
            glyph = _parse(line)
            table.setdefault((glyph.character, glyph.category), []).append(glyph)
    return {key: tuple(glyphs) for key, glyphs in table.items()}


def _parse(line: str) -> Glyph:
    character, category, weight, paths = line.split(maxsplit=3)
    strokes = [_resample(_curve([_control_point(token) for token in path.split()])) for path in paths.split("|")]
    return Glyph(
        character,
        category,
        float(weight),
        points=np.concatenate(strokes),
        rounded=np.concatenate([_round(stroke) for stroke in strokes]),
        progress=np.concatenate([np.linspace(0, 1, len(stroke), dtype=np.float32) for stroke in strokes]),
        curvature=np.concatenate([_curvature(stroke) for stroke in strokes]),
        stroke=np.repeat(np.arange(len(strokes)), [len(stroke) for stroke in strokes]),
    )


def _control_point(token: str) -> ControlPoint:
    x, y = token.removeprefix("~").split(",")
    return ControlPoint(float(x), float(y), token.startswith("~"))


def _curve(controls: list[ControlPoint]) -> Array:
    """The path through the control points, finely sampled."""
    points = np.array([control[:2] for control in controls], np.float32)
    pieces = [points[:1]]
    t = np.linspace(0, 1, SPLINE_SAMPLES + 1, dtype=np.float32)[1:, None]
    for i in range(len(points) - 1):
        start, end = _tangents(points, i, controls)
        pieces.append(
            (2 * t**3 - 3 * t**2 + 1) * points[i]
            + (t**3 - 2 * t**2 + t) * start
            + (3 * t**2 - 2 * t**3) * points[i + 1]
            + (t**3 - t**2) * end
        )
    return np.concatenate(pieces)


def _tangents(points: Array, i: int, controls: list[ControlPoint]) -> tuple[Array, Array]:
    """The tangents at both ends of piece i; at a corner the one without curvature (a natural end)."""
    chord = points[i + 1] - points[i]
    start = _smooth_tangent(points, i, chord) if controls[i].smooth else None
    end = _smooth_tangent(points, i + 1, chord) if controls[i + 1].smooth else None
    if start is None:
        start = chord if end is None else 1.5 * chord - 0.5 * end
    if end is None:
        end = 1.5 * chord - 0.5 * start
    return start, end


def _smooth_tangent(points: Array, i: int, chord: Array) -> Array:
    """The spline's direction at point i, as long as the chord of the piece; at an end of the path the chord."""
    if not 0 < i < len(points) - 1:
        return chord
    before, after = points[i] - points[i - 1], points[i + 1] - points[i]
    direction = before / _length(before) + after / _length(after)
    return (direction / _length(direction) * np.linalg.norm(chord)).astype(np.float32)


def _length(vector: Array) -> float:
    return max(float(np.linalg.norm(vector)), MIN_LENGTH)


def _resample(path: Array) -> Array:
    """The same path at even steps of arc length, with at least three samples."""
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    positions = np.linspace(0, length[-1], max(3, 1 + round(length[-1] / STEP)))
    return np.stack([np.interp(positions, length, path[:, axis]) for axis in (0, 1)], axis=1).astype(np.float32)


def _round(stroke: Array) -> Array:
    """The stroke with rounded corners: a moving average (Hann window) that keeps both ends."""
    reach = min(ROUNDING_REACH, (len(stroke) - 1) // 2)
    padded = np.concatenate(
        [2 * stroke[:1] - stroke[reach:0:-1], stroke, 2 * stroke[-1:] - stroke[-2 : -2 - reach : -1]]
    )
    window = np.hanning(2 * reach + 3)[1:-1]
    window /= window.sum()
    return np.stack([np.convolve(padded[:, axis], window, "valid") for axis in (0, 1)], axis=1).astype(np.float32)


def _curvature(stroke: Array) -> Array:
    """The turning angle over two samples on each side, as a fraction of a reversal (180 degrees)."""
    turn = np.zeros(len(stroke), np.float32)
    if len(stroke) > 4:
        before, after = stroke[2:-2] - stroke[:-4], stroke[4:] - stroke[2:-2]
        norm = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
        turn[2:-2] = np.arccos(np.clip((before * after).sum(axis=1) / np.maximum(norm, MIN_LENGTH), -1, 1)) / np.pi
    return turn
