"""Letters as pen paths: reads `glyphs.txt` into densely sampled strokes.

Corners are joined by straight lines, smooth points by a non-uniform Catmull-Rom spline (Catmull & Rom 1974, in its
Hermite form), so that a variant is a handful of points that a person can read and edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

STEP = 5.0  # arc length between samples; a capital is 100 high, so about 20 samples a stem
ROUNDING = 6  # samples on each side over which a corner is rounded at most

Array = NDArray[np.float32]


class Control(NamedTuple):
    """One point of a pen path as the file gives it."""

    x: float
    y: float
    smooth: bool


@dataclass(frozen=True, eq=False)
class Glyph:
    """One way to draw one character.

    Attributes:
        character: the character, or the name of a mark.
        style: `cap`, `low`, `digit` or `mark`.
        weight: how often it is chosen among the variants of its character and class.
        points: (n, 2) samples of all strokes in writing order; x right, y up, 100 to a capital's height.
        rounded: the same with all corners rounded; a writer is somewhere between.
        along: (n,) how much of its stroke has passed at each sample, 0 .. 1.
        bend: (n,) how sharply the path turns there, 0 .. 1: where a hand slows down.
        stroke: (n,) index of the sample's stroke.
    """

    character: str
    style: str
    weight: float
    points: Array
    rounded: Array
    along: Array
    bend: Array
    stroke: NDArray[np.intp]

    @property
    def left(self) -> float:
        """Least x."""
        return float(self.points[:, 0].min())

    @property
    def right(self) -> float:
        """Greatest x."""
        return float(self.points[:, 0].max())

    @property
    def top(self) -> float:
        """Greatest y."""
        return float(self.points[:, 1].max())


@cache
def variants() -> dict[tuple[str, str], tuple[Glyph, ...]]:
    """All variants by (character, class), in the file's order."""
    text = resources.files(__package__).joinpath("glyphs.txt").read_text(encoding="utf-8")
    table: dict[tuple[str, str], list[Glyph]] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("# ") and line != "#":
            glyph = _parse(line)
            table.setdefault((glyph.character, glyph.style), []).append(glyph)
    return {key: tuple(found) for key, found in table.items()}


def _parse(line: str) -> Glyph:
    character, style, weight, paths = line.split(maxsplit=3)
    strokes = [_resample(_curve([_control(token) for token in path.split()])) for path in paths.split("|")]
    return Glyph(
        character,
        style,
        float(weight),
        points=np.concatenate(strokes),
        rounded=np.concatenate([_round(stroke) for stroke in strokes]),
        along=np.concatenate([np.linspace(0, 1, len(stroke), dtype=np.float32) for stroke in strokes]),
        bend=np.concatenate([_bend(stroke) for stroke in strokes]),
        stroke=np.repeat(np.arange(len(strokes)), [len(stroke) for stroke in strokes]),
    )


def _control(token: str) -> Control:
    x, y = token.removeprefix("~").split(",")
    return Control(float(x), float(y), token.startswith("~"))


def _curve(controls: list[Control]) -> Array:
    """The path through the control points, finely sampled."""
    points = np.array([control[:2] for control in controls], np.float32)
    pieces = [points[:1]]
    for i in range(len(points) - 1):
        chord = points[i + 1] - points[i]
        leave = _tangent(points, i, chord) if controls[i].smooth else None
        arrive = _tangent(points, i + 1, chord) if controls[i + 1].smooth else None
        if leave is None:
            leave = chord if arrive is None else 1.5 * chord - 0.5 * arrive
        if arrive is None:
            arrive = 1.5 * chord - 0.5 * leave
        t = np.linspace(0, 1, 17, dtype=np.float32)[1:, None]
        pieces.append(
            (2 * t**3 - 3 * t**2 + 1) * points[i]
            + (t**3 - 2 * t**2 + t) * leave
            + (3 * t**2 - 2 * t**3) * points[i + 1]
            + (t**3 - t**2) * arrive
        )
    return np.concatenate(pieces)


def _tangent(points: Array, i: int, chord: Array) -> Array:
    """The spline's direction at the inner point i, scaled to the length of one of its chords."""
    if not 0 < i < len(points) - 1:
        return chord
    before, after = points[i] - points[i - 1], points[i + 1] - points[i]
    across = before / max(float(np.linalg.norm(before)), 1e-3) + after / max(float(np.linalg.norm(after)), 1e-3)
    return (across / max(float(np.linalg.norm(across)), 1e-3) * np.linalg.norm(chord)).astype(np.float32)


def _resample(path: Array) -> Array:
    """The same path at even steps of arc length, at least three samples."""
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    at = np.linspace(0, length[-1], max(3, 1 + round(length[-1] / STEP)))
    return np.stack([np.interp(at, length, path[:, axis]) for axis in (0, 1)], axis=1).astype(np.float32)


def _round(stroke: Array) -> Array:
    """The stroke as a moving average, its ends kept."""
    reach = min(ROUNDING, (len(stroke) - 1) // 2)
    padded = np.concatenate(
        [2 * stroke[:1] - stroke[reach:0:-1], stroke, 2 * stroke[-1:] - stroke[-2 : -2 - reach : -1]]
    )
    window = np.hanning(2 * reach + 3)[1:-1]
    window /= window.sum()
    return np.stack([np.convolve(padded[:, axis], window, "valid") for axis in (0, 1)], axis=1).astype(np.float32)


def _bend(stroke: Array) -> Array:
    """The turning angle over two samples on each side, as a share of a full reversal."""
    turn = np.zeros(len(stroke), np.float32)
    if len(stroke) > 4:
        before, after = stroke[2:-2] - stroke[:-4], stroke[4:] - stroke[2:-2]
        norm = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
        turn[2:-2] = np.arccos(np.clip((before * after).sum(axis=1) / np.maximum(norm, 1e-3), -1, 1)) / np.pi
    return turn
