"""From placed glyphs to the movement of the pen: the variation of letters, strokes and pressure in one hand.

Glyphs are distorted smoothly. Every letter has its own affine map and warp, every stroke its own shift, stretch,
bending and pressure. The width of a line follows the speed of the pen: slow and heavy at ends and corners, fast and
light between (R. Plamondon: A kinematic theory of rapid human movements, 1995).

Unless said otherwise, lengths are in capital heights. The number of samples is n, of letters l, of strokes s.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from inkpipe.synthetic.glyphs import Glyph
from inkpipe.synthetic.pen import Strokes
from inkpipe.synthetic.writing_style import WritingStyle

MIN_STROKE_WIDTH = 0.45  # pixels; a thinner line would vanish in the scan
JOIN_SAMPLES = 7  # of the line that joins two letters
JOIN_WIDTH = 0.9  # stroke widths, of that line

Array = NDArray[np.float32]
Index = NDArray[np.intp]


class PlacedGlyph(NamedTuple):
    """A glyph as a part of a text.

    Attributes:
        glyph: the chosen variant.
        letter: index of the letter in the text that it belongs to.
        x: of its middle, from the center of the letter.
        y: of its own y = 0, above the baseline.
        scale: height of a capital at this size; 1 is full size.
    """

    glyph: Glyph
    letter: int
    x: float
    y: float
    scale: float


class _Samples(NamedTuple):
    """All samples of a text, x (right) and y (up) from the letter's center on the baseline."""

    points: Array  # (n, 2)
    letter: Index  # (n,)
    stroke: Index  # (n,)
    progress: Array  # (n,), see Glyph
    curvature: Array  # (n,), see Glyph

    @property
    def strokes(self) -> int:
        return int(self.stroke[-1]) + 1


def pen_movement(
    rng: Generator, style: WritingStyle, glyphs: Sequence[PlacedGlyph], centers: Array, baseline: float
) -> Strokes:
    """Write glyphs with the variation of one hand.

    Args:
        rng: the source of randomness.
        style: the habits of the writer.
        glyphs: in the order of writing, at least one.
        centers: float32 (letters,), x of the center of each letter, pixels.
        baseline: y of the baseline, pixels.

    Returns:
        The movement of the pen, in pixels of the image.
    """
    letters = len(centers)
    samples = _gather(glyphs, style.corner_rounding)
    samples = samples._replace(points=_vary_strokes(rng, style, samples))
    samples = samples._replace(points=_vary_letters(rng, style, samples, letters))
    local_x = samples.points[:, 0] * style.aspect + samples.points[:, 1] * style.slant
    base = _baseline(rng, style, centers, baseline)
    points = np.stack(
        [
            centers[samples.letter] + style.height * local_x,
            base[samples.letter] - style.height * samples.points[:, 1],
        ],
        axis=1,
    ).astype(np.float32)
    points += _correlated_noise(rng, len(points)) * style.tremor
    movement = Strokes(points, _stroke_widths(rng, style, samples, letters), samples.stroke)
    return _join_letters(rng, style, movement, glyphs) if style.joined else movement


def _gather(glyphs: Sequence[PlacedGlyph], corner_rounding: float) -> _Samples:
    """The samples of all glyphs, each glyph in its place."""
    points, letter, stroke, strokes = [], [], [], 0
    for placed in glyphs:
        glyph = placed.glyph
        shape = (1 - corner_rounding) * glyph.points + corner_rounding * glyph.rounded
        middle = np.array([(glyph.left + glyph.right) / 2, 0], np.float32)
        points.append((shape - middle) * (placed.scale / 100) + np.array([placed.x, placed.y], np.float32))
        letter.append(np.full(len(shape), placed.letter))
        stroke.append(glyph.stroke + strokes)
        strokes += glyph.strokes
    return _Samples(
        np.concatenate(points),
        np.concatenate(letter),
        np.concatenate(stroke),
        np.concatenate([placed.glyph.progress for placed in glyphs]),
        np.concatenate([placed.glyph.curvature for placed in glyphs]),
    )


def _vary_strokes(rng: Generator, style: WritingStyle, samples: _Samples) -> Array:
    """Points with each stroke shifted, stretched and bent by itself: high bars, gaps, overshoots, bowed stems."""
    points, stroke, strokes = samples.points, samples.stroke, samples.strokes
    counts = np.bincount(stroke, minlength=strokes)
    middle = np.stack([np.bincount(stroke, points[:, axis], strokes) / counts for axis in (0, 1)], axis=1)
    shift = rng.normal(0, style.stroke_noise, (strokes, 2))
    stretch = 1 + rng.normal(0.02, style.stroke_noise * 1.2, (strokes, 2))
    waves = np.stack([np.cos(np.pi * k * samples.progress) for k in (1, 2, 3)], axis=1)
    amplitudes = rng.normal(0, style.stroke_bend, (strokes, 3, 2)) / np.array([1.0, 1.4, 2.4])[:, None]
    moved = (points - middle[stroke]) * stretch[stroke] + middle[stroke] + shift[stroke]
    return (moved + np.einsum("nk,nkd->nd", waves, amplitudes[stroke])).astype(np.float32)


def _vary_letters(rng: Generator, style: WritingStyle, samples: _Samples, letters: int) -> Array:
    """Points with size, rotation, slant and a smooth warp of their own for each letter.

    Size drifts along the text. Half of the warp is the same for all letters: it belongs to the writer.
    """
    points, letter, noise = samples.points, samples.letter, style.letter_noise
    drift = np.cumsum(rng.normal(0, noise * 0.25, letters))
    size = np.exp(rng.normal(0, noise, (letters, 2)) * np.array([1.5, 1.0]) + (drift - drift.mean())[:, None])
    shear = rng.normal(0, noise * 1.2, letters)
    tilt = rng.normal(0, noise * 0.5, letters)
    warp = rng.normal(0, noise * 0.7, (letters, 4, 2)) + rng.normal(0, noise * 0.7, (4, 2))
    x, y = points[:, 0], points[:, 1] - 0.5
    terms = np.stack([x * y, x * x - 0.08, y * y - 0.12, y * (y * y - 0.2)], axis=1)
    points = points + np.einsum("nk,nkd->nd", terms, warp[letter])
    x, y = points[:, 0] * size[letter, 0], points[:, 1] * size[letter, 1]
    return np.stack([x + shear[letter] * y - tilt[letter] * (y - 0.5), y + tilt[letter] * x], axis=1)


def _baseline(rng: Generator, style: WritingStyle, centers: Array, baseline: float) -> NDArray[np.float64]:
    """(l,) y of the baseline at each letter, pixels: a slope, and a random walk with independent steps."""
    letters, wander = len(centers), style.baseline_wander
    heights = np.cumsum(rng.normal(0, wander * 0.5, letters)) * 0.5 + rng.normal(0, wander, letters)
    return baseline - style.height * (heights - heights.mean()) - style.baseline_slope * (centers - centers.mean())


def _stroke_widths(rng: Generator, style: WritingStyle, samples: _Samples, letters: int) -> Array:
    """(n,) width of the line in pixels: wide where the pen is slow, tapered where it leaves, 0 where it is dry."""
    progress, stroke, variation = samples.progress, samples.stroke, style.pressure_variation
    waves = np.stack([np.cos(np.pi * k * progress) for k in (0, 1, 2, 4)], axis=1)
    force = rng.normal(0, variation, (samples.strokes, 4)) * np.array([0.6, 0.7, 0.5, 0.4])
    taper = rng.uniform(0, variation * 2, samples.strokes)[stroke] * np.maximum(0, progress - 0.7) / 0.3
    slowness = variation * (1.2 * samples.curvature + 0.5 * np.abs(2 * progress - 1) ** 3)
    letter_force = rng.normal(0, variation * 0.4, letters)[samples.letter]
    log_width = np.einsum("nk,nk->n", waves, force[stroke]) + slowness + letter_force - taper
    width = np.maximum(style.stroke_width * np.exp(log_width), MIN_STROKE_WIDTH)
    if style.fading_magnitude:
        ink = _correlated_noise(rng, len(width))[:, 0] + force[stroke][:, 0] * 2
        width = np.where(ink < -2.2 + 2.4 * style.fading_magnitude, 0.0, width)
    return width.astype(np.float32)


def _join_letters(rng: Generator, style: WritingStyle, movement: Strokes, glyphs: Sequence[PlacedGlyph]) -> Strokes:
    """The movement with a sagging line from the first stroke of each lower case letter to the next letter's start."""
    first_strokes = np.cumsum([0] + [placed.glyph.strokes for placed in glyphs[:-1]])
    lower_case = [
        (placed.letter, first)
        for placed, first in zip(glyphs, first_strokes, strict=True)
        if placed.glyph.category == "low"
    ]
    t = np.linspace(0, 1, JOIN_SAMPLES, dtype=np.float32)[:, None]
    points, strokes = [movement.points], [movement.stroke]
    for (letter, first), (next_letter, next_first) in pairwise(lower_case):
        if next_letter == letter + 1:
            start = movement.points[np.flatnonzero(movement.stroke == first)[-1]]
            end = movement.points[np.flatnonzero(movement.stroke == next_first)[0]]
            sag = np.array([0, 0.15 * style.height * rng.uniform(0, 1)], np.float32)
            points.append((1 - t) * start + t * end + 4 * t * (1 - t) * sag)
            strokes.append(np.full(len(t), strokes[-1][-1] + 1))
    joins = sum(len(join) for join in points[1:])
    width = np.concatenate([movement.width, np.full(joins, style.stroke_width * JOIN_WIDTH, np.float32)])
    return Strokes(np.concatenate(points), width, np.concatenate(strokes))


def _correlated_noise(rng: Generator, count: int) -> Array:
    """(count, 2) noise of unit variance, correlated over five samples."""
    noise = rng.normal(0, 1, (count + 4, 2))
    weighted = noise[:-4] + 2 * noise[1:-3] + 3 * noise[2:-2] + 2 * noise[3:-1] + noise[4:]
    return (weighted / 4.36).astype(np.float32)  # 4.36: the root of the sum of the squared weights
