"""A writer: habits drawn once an image, and the strokes by which this hand writes a text.

The hand distorts the skeletons smoothly: every letter has its own affine map and warp, every stroke its own shift,
bend and pressure, and the writer's habits set how large each of them is. Width follows speed as in the kinematic view
of handwriting (Plamondon 1995): slow and heavy at ends and corners, fast and light between.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkpipe.params.synthetic import WriterParams
from inkpipe.sources.synthetic.glyphs import Glyph, variants
from inkpipe.sources.synthetic.pen import Strokes

Array = NDArray[np.float32]

MARKS = {
    "\u0301": "acute",
    "\u0300": "grave",
    "\u0302": "circumflex",
    "\u0308": "diaeresis",
    "\u0303": "tilde",
    "\u0327": "cedilla",
    "\u030a": "ring",
}


class Piece(NamedTuple):
    """A glyph in its place: capitals are 1 high, `x` is the middle of the letter, `y` its foot."""

    glyph: Glyph
    letter: int
    x: float
    y: float
    scale: float


@dataclass(frozen=True)
class Style:
    """The habits of one writer; lengths in capital heights unless said otherwise."""

    height: float  # of a capital, px; all other lengths are in this unit
    aspect: float
    slant: float  # tangent of the angle
    rounding: float
    small_share: float
    title_case: bool
    joined: bool
    small_scale: float
    constancy: float
    wander: float
    climb: float
    letter_noise: float
    stroke_noise: float
    bend: float
    tremor: float
    width: float  # of the line, px
    pressure: float
    fading: float
    retouch: float


def draw_style(rng: np.random.Generator, params: WriterParams, pitch: float) -> Style:
    """The habits of a new writer on a form whose cells are `pitch` px wide."""

    def within(bounds: tuple[float, float]) -> float:
        return float(rng.uniform(*bounds))

    case = rng.random()
    height = pitch * float(np.clip(rng.lognormal(np.log(params.height), params.height_spread), *params.height_limits))
    width = float(np.clip(rng.lognormal(np.log(params.width), params.width_spread), *params.width_limits))
    title = case < params.title_case_share
    mixed = case < params.title_case_share + params.mixed_case_share
    return Style(
        height=height,
        aspect=float(np.clip(rng.lognormal(np.log(params.aspect), params.aspect_spread), 0.4, 2.0)),
        slant=float(np.tan(np.radians(rng.normal(params.slant, params.slant_spread)))),
        rounding=within(params.rounding),
        small_share=within(params.small_letters) if mixed else params.stray_small_letters,
        title_case=title,
        joined=title and rng.random() < params.joined_share,
        small_scale=within(params.small_scale),
        constancy=within(params.constancy),
        wander=within(params.wander),
        climb=float(rng.normal(0, params.climb)),
        letter_noise=within(params.letter_noise),
        stroke_noise=within(params.stroke_noise),
        bend=within(params.bend),
        tremor=within(params.tremor),
        width=min(width, params.boldest * height),
        pressure=within(params.pressure),
        fading=within(params.fading) if rng.random() < params.fading_share else 0.0,
        retouch=within(params.retouch) if rng.random() < params.retouch_share else 0.0,
    )


class Hand:
    """One writer at work: keeps the variants that this writer is used to."""

    def __init__(self, rng: np.random.Generator, style: Style) -> None:
        self._rng = rng
        self.style = style
        self._habits: dict[tuple[str, str], Glyph] = {}

    def fit(self, ratio: float) -> None:
        """Write smaller where there is room for only `ratio` < 1 of what this hand would take."""
        if ratio < 1:
            self.style = replace(self.style, height=self.style.height * max(ratio, 0.5) ** 0.5)
            self.style = replace(self.style, aspect=self.style.aspect * ratio**0.7)

    def spell(self, text: str) -> list[Piece]:
        """The pieces of an NFD text, one letter index a base character (a space has none)."""
        pieces: list[Piece] = []
        letter = -1
        for character in unicodedata.normalize("NFD", text):
            if character in MARKS:
                pieces.append(self._mark(MARKS[character], pieces[-1]))
            else:
                letter += 1
                if character != " ":
                    pieces.append(self._letter(character, letter))
                    if self._rng.random() < self.style.retouch:
                        pieces.append(pieces[-1])
        return pieces

    def widths(self, pieces: list[Piece], letters: int) -> Array:
        """(letters,) width of each letter in px; spaces have 0."""
        style = self.style
        widths = np.zeros(letters, np.float32)
        for piece in pieces:
            span = (piece.glyph.right - piece.glyph.left) / 100 * piece.scale * style.aspect * style.height
            widths[piece.letter] = max(widths[piece.letter], span)
        return widths

    def write(self, pieces: list[Piece], centres: Array, baseline: float) -> Strokes:
        """The strokes of the pieces.

        Args:
            pieces: what `spell` gave.
            centres: (letters,) x of the middle of each letter in px.
            baseline: y of the line in px.
        """
        rng, style = self._rng, self.style
        local, letter, stroke, along, bend = self._gather(pieces)
        letters, strokes = len(centres), int(stroke[-1]) + 1
        local = self._disturb_strokes(local, stroke, along, strokes)
        local = self._disturb_letters(local, letter, letters)
        x = local[:, 0] * style.aspect + local[:, 1] * style.slant
        steps = np.cumsum(rng.normal(0, style.wander * 0.5, letters)) * 0.5 + rng.normal(0, style.wander, letters)
        base = baseline - style.height * (steps - steps.mean()) - style.climb * (centres - centres.mean())
        points = np.stack(
            [centres[letter] + style.height * x, base[letter] - style.height * local[:, 1]], axis=1
        ).astype(np.float32)
        points += self._tremble(len(points)) * style.tremor
        written = Strokes(points, self._press(stroke, along, bend, strokes, letter, letters), stroke)
        return self._join(written, pieces) if style.joined else written

    def _letter(self, character: str, letter: int) -> Piece:
        style, rng = self.style, self._rng
        small = (character, "low") in variants() and (
            letter > 0 if style.title_case else rng.random() < style.small_share
        )
        glyph = self._variant(character, "low" if small else "digit" if character.isdigit() else "cap")
        return Piece(glyph, letter, 0.0, 0.0, style.small_scale if small else 1.0)

    def _variant(self, character: str, kind: str) -> Glyph:
        habit = self._habits.get((character, kind))
        if habit is None or self._rng.random() > self.style.constancy:
            found = variants()[character, kind]
            weights = np.cumsum([glyph.weight for glyph in found])
            habit = found[int(np.searchsorted(weights, self._rng.random() * weights[-1]))]
            self._habits.setdefault((character, kind), habit)
        return habit

    def _mark(self, name: str, base: Piece) -> Piece:
        glyph = self._variant(name, "mark")
        top = base.glyph.top if base.glyph.top < 101 else min(base.glyph.top, 100.0)
        y = 0.0 if name == "cedilla" else top / 100 * base.scale + self._rng.uniform(0.02, 0.16)
        return Piece(glyph, base.letter, self._rng.normal(0.0, 0.08), y, self._rng.uniform(0.8, 1.4))

    def _gather(self, pieces: list[Piece]) -> tuple[Array, NDArray[np.intp], NDArray[np.intp], Array, Array]:
        """All samples of all pieces, in capital heights around the letters' middles."""
        rounding = self.style.rounding
        local, letter, stroke, offset = [], [], [], 0
        for piece in pieces:
            glyph = piece.glyph
            shape = (1 - rounding) * glyph.points + rounding * glyph.rounded
            middle = np.array([(glyph.left + glyph.right) / 2, 0], np.float32)
            local.append((shape - middle) * (piece.scale / 100) + np.array([piece.x, piece.y], np.float32))
            letter.append(np.full(len(shape), piece.letter))
            stroke.append(glyph.stroke + offset)
            offset += int(glyph.stroke[-1]) + 1
        return (
            np.concatenate(local),
            np.concatenate(letter),
            np.concatenate(stroke),
            np.concatenate([piece.glyph.along for piece in pieces]),
            np.concatenate([piece.glyph.bend for piece in pieces]),
        )

    def _disturb_strokes(self, local: Array, stroke: NDArray[np.intp], along: Array, strokes: int) -> Array:
        """Shift, stretch and bend each stroke by itself: bars too high, gaps, overshoots, bowed stems."""
        rng, style = self._rng, self.style
        counts = np.bincount(stroke, minlength=strokes)
        middle = np.stack([np.bincount(stroke, local[:, axis], strokes) / counts for axis in (0, 1)], axis=1)
        shift = rng.normal(0, style.stroke_noise, (strokes, 2))
        stretch = 1 + rng.normal(0.02, style.stroke_noise * 1.2, (strokes, 2))
        waves = np.stack([np.cos(np.pi * k * along) for k in (1, 2, 3)], axis=1)
        bends = rng.normal(0, style.bend, (strokes, 3, 2)) / np.array([1.0, 1.4, 2.4])[:, None]
        moved = (local - middle[stroke]) * stretch[stroke] + middle[stroke] + shift[stroke]
        return (moved + np.einsum("nk,nkd->nd", waves, bends[stroke])).astype(np.float32)

    def _disturb_letters(self, local: Array, letter: NDArray[np.intp], letters: int) -> Array:
        """Size, rotation, slant and a smooth quadratic warp for each letter, part of it the writer's own throughout."""
        rng, noise = self._rng, self.style.letter_noise
        drift = np.cumsum(rng.normal(0, noise * 0.25, letters))
        size = np.exp(rng.normal(0, noise, (letters, 2)) * np.array([1.5, 1.0]) + (drift - drift.mean())[:, None])
        shear = rng.normal(0, noise * 0.8, letters)
        tilt = rng.normal(0, noise * 0.5, letters)
        warp = rng.normal(0, noise * 0.7, (letters, 4, 2)) + rng.normal(0, noise * 0.7, (4, 2))
        x, y = local[:, 0], local[:, 1] - 0.5
        terms = np.stack([x * y, x * x - 0.08, y * y - 0.12, y * (y * y - 0.2)], axis=1)
        local = local + np.einsum("nk,nkd->nd", terms, warp[letter])
        x, y = local[:, 0] * size[letter, 0], local[:, 1] * size[letter, 1]
        return np.stack([x + shear[letter] * y - tilt[letter] * (y - 0.5), y + tilt[letter] * x], axis=1)

    def _join(self, written: Strokes, pieces: list[Piece]) -> Strokes:
        """Lead the pen on from each lower case letter's first stroke to the next letter, as in joined writing."""
        firsts = np.cumsum([0] + [int(piece.glyph.stroke[-1]) + 1 for piece in pieces[:-1]])
        letters = [
            (piece.letter, first) for piece, first in zip(pieces, firsts, strict=True) if piece.glyph.style == "low"
        ]
        t = np.linspace(0, 1, 7, dtype=np.float32)[:, None]
        points, strokes = [written.points], [written.stroke]
        for (letter, first), (following, onward) in pairwise(letters):
            if following == letter + 1:
                leave = written.points[np.flatnonzero(written.stroke == first)[-1]]
                arrive = written.points[np.flatnonzero(written.stroke == onward)[0]]
                sag = np.array([0, 0.15 * self.style.height * self._rng.uniform(0, 1)], np.float32)
                points.append((1 - t) * leave + t * arrive + 4 * t * (1 - t) * sag)
                strokes.append(np.full(len(t), strokes[-1][-1] + 1))
        added = sum(len(part) for part in points[1:])
        width = np.concatenate([written.width, np.full(added, self.style.width * 0.9, np.float32)])
        return Strokes(np.concatenate(points), width, np.concatenate(strokes))

    def _tremble(self, count: int) -> Array:
        """(count, 2) noise that is correlated over a few samples, unit variance."""
        noise = self._rng.normal(0, 1, (count + 4, 2))
        return ((noise[:-4] + 2 * noise[1:-3] + 3 * noise[2:-2] + 2 * noise[3:-1] + noise[4:]) / 4.36).astype(
            np.float32
        )

    def _press(
        self, stroke: NDArray[np.intp], along: Array, bend: Array, strokes: int, letter: NDArray[np.intp], letters: int
    ) -> Array:
        """Width at each sample: wider where the hand is slow, tapered where it lands or leaves in flight."""
        rng, style = self._rng, self.style
        waves = np.stack([np.cos(np.pi * k * along) for k in (0, 1, 2, 4)], axis=1)
        force = rng.normal(0, style.pressure, (strokes, 4)) * np.array([0.6, 0.7, 0.5, 0.4])
        taper = rng.uniform(0, style.pressure * 2, strokes)[stroke] * np.maximum(0, along - 0.7) / 0.3
        slow = style.pressure * (1.2 * bend + 0.5 * np.abs(2 * along - 1) ** 3)
        whole = rng.normal(0, style.pressure * 0.4, letters)[letter]
        level = np.einsum("nk,nk->n", waves, force[stroke]) + slow + whole - taper
        width = np.maximum(style.width * np.exp(level), 0.45)
        if style.fading:
            dry = self._tremble(len(width))[:, 0] + force[stroke][:, 0] * 2
            width = np.where(dry < -2.2 + 2.4 * style.fading, 0.0, width)
        return width.astype(np.float32)
