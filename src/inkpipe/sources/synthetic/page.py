"""One image from its seed: a name, a writer, a form and a scanner come together."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from inkpipe.params.synthetic import NameParams, SyntheticParams
from inkpipe.sources.synthetic import form
from inkpipe.sources.synthetic.form import Layout, Written
from inkpipe.sources.synthetic.names import Names, drawn, plain
from inkpipe.sources.synthetic.pen import blank, draw
from inkpipe.sources.synthetic.scan import encode, scan
from inkpipe.sources.synthetic.writer import Hand, draw_style

Array = NDArray[np.float32]
Canvas = NDArray[np.uint8]


class Pages:
    """Draws images by the distributions of `SyntheticParams`."""

    def __init__(self, params: SyntheticParams) -> None:
        self._params = params
        self._names = _names(params.names.model_dump_json())
        cv2.setNumThreads(1)  # the images are small, and every core has a process of its own

    def draw(self, seed: tuple[int, int, int]) -> tuple[str, bytes]:
        """The label and the JPEG of the image with that seed, whose last number is its index in the split."""
        rng = np.random.default_rng(seed)
        params = self._params
        name = self._names.draw(rng, seed[-1])
        layout = form.choose_layout(rng, params.form)
        canvas = blank(int(rng.integers(layout.height[0], layout.height[1] + 1)), layout.width)
        offset, line = rng.normal(0, layout.shift[0]), layout.line + rng.normal(0, layout.shift[1])
        hand = Hand(rng, draw_style(rng, params.writer, layout.pitch))
        text = drawn(name) if rng.random() < params.names.accents_share else plain(name)
        self._write_name(canvas, rng, hand, text, layout, offset, line)
        self._furnish(canvas, rng, hand, layout, offset, line)
        image = scan(canvas, rng, params.scan)
        return plain(name), encode(image, rng, params.scan)

    def _write_name(
        self,
        canvas: Canvas,
        rng: Generator,
        hand: Hand,
        text: str,
        layout: Layout,
        offset: float,
        line: float,
    ) -> None:
        params = self._params.form
        letters = len(plain(text))
        room = layout.width - 6 - layout.first - offset
        pieces = hand.spell(text)
        if rng.random() < params.comb_share and not hand.style.joined:
            pitch = layout.pitch * np.exp(rng.normal(0, params.pitch_spread))
            hand.fit(room / (letters - 0.5) / pitch)
            pitch = min(pitch, room / (letters - 0.5))
            centres = in_cells(rng, letters, layout.first + offset, pitch, rng.uniform(*params.pitch_jitter))
        else:
            widths = hand.widths(pieces, letters)
            gap = 0.1 if hand.style.joined else rng.uniform(*params.gap)
            gap *= hand.style.height
            ratio = room / (widths.sum() + gap * letters)
            hand.fit(ratio)
            shrink = min(1.0, ratio)
            start = layout.first + offset - layout.pitch * 0.4
            centres = side_by_side(rng, widths * shrink, gap * shrink, start)
        baseline = line + hand.style.height / 2 + rng.normal(0, 0.8)
        draw(canvas, hand.write(pieces, centres, baseline))
        self._rule(canvas, rng, layout, offset, baseline, letters)

    def _rule(
        self, canvas: Canvas, rng: Generator, layout: Layout, offset: float, baseline: float, letters: int
    ) -> None:
        left = layout.first + offset - layout.pitch / 2
        if rng.random() < self._params.form.rule_share:
            right = left + layout.pitch * (letters + rng.integers(1, 8))
            form.rule(canvas, baseline + rng.uniform(0.5, 3), left, right, rng.random() < 0.5)
        elif rng.random() < self._params.form.box_share:
            top = baseline - layout.pitch * 1.1
            cells = letters + int(rng.integers(0, 6))
            form.comb(canvas, left, top, layout.pitch, cells, layout.pitch * 1.25, rng.random() < 0.5)

    def _furnish(self, canvas: Canvas, rng: Generator, hand: Hand, layout: Layout, offset: float, line: float) -> None:
        for printed in layout.printed:
            if rng.random() < printed.share:
                form.print_text(canvas, printed, line, offset)
        for written in layout.written:
            if rng.random() < written.share * self._params.form.neighbour_share:
                self._write_neighbour(canvas, rng, hand, written, offset, line)
        if rng.random() < layout.edge:
            form.print_edge(canvas, rng, offset)
            if rng.random() < self._params.form.right_edge_share:
                form.shade_right(canvas, rng)
        form.speckle(canvas, rng, self._params.form.specks)

    def _write_neighbour(
        self, canvas: Canvas, rng: Generator, hand: Hand, written: Written, offset: float, line: float
    ) -> None:
        text = self._neighbour(rng, written.kind)
        centres = in_cells(rng, len(plain(text)), written.x + offset, written.pitch, 0.08)
        draw(canvas, hand.write(hand.spell(text), centres, line + written.dy + hand.style.height / 2))

    def _neighbour(self, rng: Generator, kind: str) -> str:
        if kind == "name":
            return drawn(self._names.draw(rng, -1))[:12].strip() or "A"
        if kind == "date":
            return f"{rng.integers(1, 32):02d}{rng.integers(1, 13):02d}{rng.integers(1990, 2006)}"
        return f"0{rng.integers(10**6, 10**7)}"[:7] + "ABCDEFGHJKLMNPRSTUVWXYZ"[rng.integers(23)]


def in_cells(rng: Generator, letters: int, first: float, pitch: float, jitter: float) -> Array:
    """(letters,) middles of letters that stand in cells of one width, each a little off its cell's middle."""
    return (first + pitch * (np.arange(letters) + rng.normal(0, jitter, letters))).astype(np.float32)


def side_by_side(rng: Generator, widths: Array, gap: float, start: float) -> Array:
    """(letters,) middles of letters that follow one another with a gap; a letter without width is a space."""
    spaces = np.where(widths == 0, gap * 0.5 + 6, widths)
    gaps = np.maximum(gap * np.exp(rng.normal(0, 0.25, len(widths))), 0.8)
    right = start + np.cumsum(spaces + gaps)
    return (right - gaps - spaces / 2).astype(np.float32)


@lru_cache(maxsize=4)
def _names(params: str) -> Names:
    """The names of some params, kept: collecting them takes longer than drawing a chunk of images."""
    return Names(NameParams.model_validate_json(params))
