"""One image from its seed: a name, a writer, a form and a scanner come together."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from inkpipe.imaging.opencv import cv2
from inkpipe.params.synthetic import NameParams, SyntheticParams
from inkpipe.synthetic import form
from inkpipe.synthetic.form_layouts import FormLayout, NeighborLine, choose_layout
from inkpipe.synthetic.kinematics import PlacedGlyph
from inkpipe.synthetic.names import NameGenerator, label_of, written_form
from inkpipe.synthetic.pen import SCALE, Canvas, blank_canvas, render_strokes
from inkpipe.synthetic.scan import encode_jpeg, scan
from inkpipe.synthetic.writer import Writer
from inkpipe.synthetic.writing_style import sample_style

RIGHT_MARGIN = 6  # pixels that a name leaves free at the right edge
JOINED_GAP = 0.1  # between joined letters, capital heights
UPPER_CUT = 0.2  # of the names that the border cuts off: by the upper one
NEIGHBOR_OFFSET = 0.08  # of letters from the centers of their cells in neighboring lines, cell widths
NEIGHBOR_MAX_LENGTH = 12  # characters of a neighboring name
MIN_GAP = 0.8  # pixels between letters
SPACE_WIDTH = 6.0  # pixels of a space, beside half a gap
CODE_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"  # that end a school's code: no I, O or Q

Array = NDArray[np.float32]


class Renderer:
    """Renders images from the distributions of `SyntheticParams`."""

    def __init__(self, params: SyntheticParams) -> None:
        """Prepare what all images share, and set OpenCV to one thread: the images are small, and processes many.

        Args:
            params: the distributions of names, handwriting, forms and scans.
        """
        self._params = params
        self._names = _name_generator(params.names.model_dump_json())
        cv2.setNumThreads(1)

    def render(self, seed: tuple[int, int, int]) -> tuple[str, bytes]:
        """Render one image.

        Args:
            seed: the seed of all randomness, the index of the split, the index of the image in it. All are >= 0.

        Returns:
            The label, and the image as a gray JPEG.

        Raises:
            InkpipeError: the params name a form layout that does not exist.
        """
        rng = np.random.default_rng(seed)
        params = self._params
        name = self._names.generate(rng, seed[-1])
        form_image = _blank_form(rng, choose_layout(rng, params.form))
        writer = Writer(rng, sample_style(rng, params.writer, form_image.layout.cell_width))
        if rng.random() < params.form.cut_off_probability:
            lost = rng.uniform(*params.form.cut_off_fraction)
            form_image = _cut_off(form_image, writer.style.height, lost, upper=rng.random() < UPPER_CUT)
        text = written_form(name) if rng.random() < params.names.accent_probability else label_of(name)
        self._write_name(rng, form_image, writer, text)
        self._add_form_clutter(rng, form_image, writer)
        image = scan(form_image.canvas, rng, params.scan)
        return label_of(name), encode_jpeg(image, rng, params.scan)

    def _write_name(self, rng: Generator, form_image: _FormImage, writer: Writer, text: str) -> None:
        letters = len(label_of(text))
        glyphs = writer.place_glyphs(text)
        if rng.random() < self._params.form.cell_spacing_probability and not writer.style.joined:
            centers = self._space_in_cells(rng, form_image, writer, letters)
        else:
            centers = self._space_by_gaps(rng, form_image, writer, glyphs, letters)
        baseline = form_image.line_center + writer.style.height / 2 + rng.normal(0, 0.8)
        render_strokes(form_image.canvas, writer.write(glyphs, centers, baseline))
        self._print_line_or_cells(rng, form_image, baseline, letters)

    def _space_in_cells(self, rng: Generator, form_image: _FormImage, writer: Writer, letters: int) -> Array:
        params, width = self._params.form, form_image.available_width
        cell_width = form_image.layout.cell_width * np.exp(rng.normal(0, params.cell_width_spread))
        writer.shrink_to_fit(width / (letters - 0.5) / cell_width)
        cell_width = min(cell_width, width / (letters - 0.5))
        return centers_in_cells(rng, letters, form_image.first_cell, cell_width, rng.uniform(*params.letter_offset))

    def _space_by_gaps(
        self, rng: Generator, form_image: _FormImage, writer: Writer, glyphs: list[PlacedGlyph], letters: int
    ) -> Array:
        widths = writer.letter_widths(glyphs, letters)
        gap = JOINED_GAP if writer.style.joined else rng.uniform(*self._params.form.letter_gap)
        gap *= writer.style.height
        ratio = form_image.available_width / (widths.sum() + gap * letters)
        writer.shrink_to_fit(ratio)
        shrinkage = min(1.0, ratio)
        start = form_image.first_cell - form_image.layout.cell_width * 0.4
        return centers_by_gaps(rng, widths * shrinkage, gap * shrinkage, start)

    def _print_line_or_cells(self, rng: Generator, form_image: _FormImage, baseline: float, letters: int) -> None:
        params, canvas, cell_width = self._params.form, form_image.canvas, form_image.layout.cell_width
        left = form_image.first_cell - cell_width / 2
        if rng.random() < params.ruled_line_probability:
            right = left + cell_width * (letters + rng.integers(1, 8))
            form.print_ruled_line(canvas, baseline + rng.uniform(0.5, 3), left, right, dotted=rng.random() < 0.5)
        elif rng.random() < params.printed_cells_probability:
            top, height = baseline - cell_width * 1.1, cell_width * 1.25
            cells = letters + int(rng.integers(0, 6))
            form.print_cells(canvas, left, top, cell_width, cells, height, closed=rng.random() >= 0.5)

    def _add_form_clutter(self, rng: Generator, form_image: _FormImage, writer: Writer) -> None:
        params, canvas, layout = self._params.form, form_image.canvas, form_image.layout
        for printed in layout.printed_texts:
            if rng.random() < printed.probability:
                form.print_text(canvas, printed, form_image.line_center, form_image.offset)
        for neighbor in layout.neighbor_lines:
            if rng.random() < neighbor.probability * params.neighbor_line_probability:
                self._write_neighbor_line(rng, form_image, writer, neighbor)
        if rng.random() < layout.page_edge_probability:
            form.print_left_edge(canvas, rng, form_image.offset)
            if rng.random() < params.right_edge_probability:
                form.blacken_right_edge(canvas, rng)
        form.add_specks(canvas, rng, params.specks)

    def _write_neighbor_line(
        self, rng: Generator, form_image: _FormImage, writer: Writer, neighbor: NeighborLine
    ) -> None:
        text = self._neighbor_text(rng, neighbor.kind)
        first = neighbor.x + form_image.offset
        centers = centers_in_cells(rng, len(label_of(text)), first, neighbor.cell_width, NEIGHBOR_OFFSET)
        baseline = form_image.line_center + neighbor.dy + writer.style.height / 2
        render_strokes(form_image.canvas, writer.write(writer.place_glyphs(text), centers, baseline))

    def _neighbor_text(self, rng: Generator, kind: str) -> str:
        if kind == "name":
            return written_form(self._names.generate(rng, -1))[:NEIGHBOR_MAX_LENGTH].strip() or "A"
        if kind == "date":
            return f"{rng.integers(1, 32):02d}{rng.integers(1, 13):02d}{rng.integers(1990, 2006)}"
        return f"0{rng.integers(10**6, 10**7)}"[:7] + CODE_LETTERS[rng.integers(len(CODE_LETTERS))]


class _FormImage(NamedTuple):
    """One image of a form: its canvas, and where the crop put the layout. Positions are in pixels of the image."""

    canvas: Canvas
    layout: FormLayout
    offset: float  # horizontal, of everything on the form
    line_center: float  # y of the center of the name's line

    @property
    def first_cell(self) -> float:
        """The x of the center of the name's first cell."""
        return self.layout.first_cell + self.offset

    @property
    def available_width(self) -> float:
        """The width from the center of the name's first cell to the right margin."""
        return self.layout.width - RIGHT_MARGIN - self.layout.first_cell - self.offset


def _blank_form(rng: Generator, layout: FormLayout) -> _FormImage:
    low, high = layout.height_range
    canvas = blank_canvas(int(rng.integers(low, high + 1)), layout.width)
    offset = rng.normal(0, layout.offset_spread[0])
    return _FormImage(canvas, layout, offset, layout.line_center + rng.normal(0, layout.offset_spread[1]))


def _cut_off(form_image: _FormImage, height: float, lost: float, upper: bool) -> _FormImage:
    """The form moved so that a border cuts off the fraction `lost` of the name's capitals, `height` pixels high."""
    inside = (0.5 - lost) * height
    return form_image._replace(line_center=inside if upper else form_image.canvas.shape[0] / SCALE - inside)


def centers_in_cells(rng: Generator, letters: int, first_cell: float, cell_width: float, offset_spread: float) -> Array:
    """Place letters in cells of one width.

    Args:
        rng: the source of randomness.
        letters: their number.
        first_cell: x of the center of the first cell, pixels.
        cell_width: pixels.
        offset_spread: standard deviation of a letter's offset from the center of its cell, cell widths.

    Returns:
        float32 (letters,), x of the center of each letter, pixels.
    """
    return (first_cell + cell_width * (np.arange(letters) + rng.normal(0, offset_spread, letters))).astype(np.float32)


def centers_by_gaps(rng: Generator, widths: Array, gap: float, start: float) -> Array:
    """Place letters one after the other, with gaps between them.

    Args:
        rng: the source of randomness; gaps vary.
        widths: float32 (letters,), of each letter, pixels; 0 for a space.
        gap: the median gap, pixels.
        start: x of the left edge of the first letter, pixels.

    Returns:
        float32 (letters,), x of the center of each letter, pixels.
    """
    advances = np.where(widths == 0, gap * 0.5 + SPACE_WIDTH, widths)
    gaps = np.maximum(gap * np.exp(rng.normal(0, 0.25, len(widths))), MIN_GAP)
    right = start + np.cumsum(advances + gaps)
    return (right - gaps - advances / 2).astype(np.float32)


@lru_cache(maxsize=4)
def _name_generator(params: str) -> NameGenerator:
    """The name generator of some params (as JSON), cached: collecting the names takes longer than many images."""
    return NameGenerator(NameParams.model_validate_json(params))
