"""Everything on a form that no hand wrote: printed text, lines, cells, page edges and dust.

All functions work in place on a canvas of `inkpipe.synthetic.pen`: uint8 (height * SCALE, width * SCALE), 255 is ink.
Positions and lengths are in pixels of the image. Ink outside of the canvas is cut off.
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from inkpipe.errors import InkpipeError
from inkpipe.imaging.opencv import cv2
from inkpipe.synthetic.form_layouts import PrintedText
from inkpipe.synthetic.pen import SCALE, Canvas

DEJAVU_CAP_HEIGHT = 0.729  # height of DejaVu Sans capitals as a fraction of the font size
REGULAR_WIDTH, BOLD_WIDTH = 0.98, 0.88  # horizontal factors that give DejaVu Sans the widths of Helvetica
DESCENT = 0.35  # room for descenders below the baseline, capital heights
DOT_DISTANCE = 3.0  # pixels between the dots of a dotted line
OPEN_CELL_HEIGHT = 0.3  # height of the separators between open cells, as a fraction of the cell height


def print_text(canvas: Canvas, printed: PrintedText, line_center: float, offset: float) -> None:
    """Print text.

    Args:
        canvas: changed in place.
        printed: the text and its place.
        line_center: y of the center of the name's line.
        offset: added to the text's x.
    """
    cap = printed.cap_height
    mask = _text_mask(printed.text, printed.bold, round(cap * SCALE))
    x = round((printed.x + offset) * SCALE)
    y = round((line_center + printed.dy + cap / 2) * SCALE) - (mask.shape[0] - _descent(cap * SCALE))
    paste_mask(canvas, mask, x, y)


def print_left_edge(canvas: Canvas, rng: Generator, offset: float) -> None:
    """Print the left edge of the page: part of a time stamp that runs upwards and, half of the times, a margin line.

    Args:
        canvas: changed in place.
        rng: the source of randomness.
        offset: greatest x of the time stamp's left edge.
    """
    stamp = f"{rng.integers(24):02d}:{rng.integers(60):02d}:{rng.integers(60):02d}"
    mask = np.rot90(_text_mask(stamp, True, round(8.5 * SCALE)))
    left = offset - rng.uniform(0, 4)
    paste_mask(canvas, mask, round(left * SCALE), int(rng.integers(-mask.shape[0] // 2, canvas.shape[0] // 2)))
    if rng.random() < 0.5:
        x = round((left - rng.uniform(1, 5)) * SCALE)
        cv2.line(canvas, (x, 0), (x + int(rng.integers(-3, 4)), canvas.shape[0]), 255, int(rng.integers(2, 5)))


def blacken_right_edge(canvas: Canvas, rng: Generator) -> None:
    """Add the black strip, 0.5 to 3 pixels wide, that a scanner leaves beyond the right edge of the page.

    Args:
        canvas: changed in place.
        rng: the source of randomness.
    """
    x = canvas.shape[1] - round(rng.uniform(0.5, 4) * SCALE)
    cv2.line(canvas, (x, 0), (x + int(rng.integers(-4, 5)), canvas.shape[0]), 255, round(rng.uniform(0.5, 3) * SCALE))


def print_ruled_line(canvas: Canvas, y: float, left: float, right: float, dotted: bool) -> None:
    """Print a horizontal line to write on.

    Args:
        canvas: changed in place.
        y: of the line.
        left: x of its start.
        right: x of its end.
        dotted: a row of dots instead of a solid line.
    """
    if not dotted:
        cv2.line(canvas, _canvas_point(left, y), _canvas_point(right, y), 255, SCALE - 1)
        return
    for x in np.arange(left, right, DOT_DISTANCE):
        cv2.circle(canvas, _canvas_point(x, y), SCALE // 2, 255, cv2.FILLED)


def print_cells(
    canvas: Canvas, left: float, top: float, cell_width: float, cells: int, height: float, closed: bool
) -> None:
    """Print a row of cells, each for one letter.

    Args:
        canvas: changed in place.
        left: x of the first cell's left edge.
        top: y of the upper edge.
        cell_width: of each cell.
        cells: their number.
        height: of the cells.
        closed: whole boxes; otherwise a base line with short separators.
    """
    right, bottom = left + cells * cell_width, top + height
    cv2.line(canvas, _canvas_point(left, bottom), _canvas_point(right, bottom), 255, SCALE // 2)
    if closed:
        cv2.line(canvas, _canvas_point(left, top), _canvas_point(right, top), 255, SCALE // 2)
    separator_top = bottom - height * (1.0 if closed else OPEN_CELL_HEIGHT)
    for cell in range(cells + 1):
        x = left + cell * cell_width
        cv2.line(canvas, _canvas_point(x, separator_top), _canvas_point(x, bottom), 255, SCALE // 2)


def add_specks(canvas: Canvas, rng: Generator, mean: float) -> None:
    """Add dust: small dots and, for 15 % of the specks, short scratches.

    Args:
        canvas: changed in place.
        rng: the source of randomness.
        mean: of the Poisson distribution of their number, >= 0.
    """
    for _ in range(rng.poisson(mean)):
        x, y = rng.uniform(0, canvas.shape[1] / SCALE), rng.uniform(0, canvas.shape[0] / SCALE)
        if rng.random() < 0.85:
            cv2.circle(canvas, _canvas_point(x, y), round(SCALE * rng.uniform(0.2, 0.9)), 255, cv2.FILLED)
        else:
            end = _canvas_point(x + rng.normal(0, 2), y + rng.normal(0, 4))
            cv2.line(canvas, _canvas_point(x, y), end, 255, int(rng.integers(1, SCALE)))


def paste_mask(canvas: Canvas, mask: Canvas, x: int, y: int) -> None:
    """Add the ink of a mask.

    Args:
        canvas: changed in place.
        mask: uint8 (rows, columns) at the canvas's resolution, 255 is ink.
        x: canvas column of the mask's left edge; may lie outside.
        y: canvas row of the mask's upper edge; may lie outside.
    """
    top, left = max(0, -y), max(0, -x)
    bottom, right = min(mask.shape[0], canvas.shape[0] - y), min(mask.shape[1], canvas.shape[1] - x)
    if top < bottom and left < right:
        area = canvas[y + top : y + bottom, x + left : x + right]
        np.maximum(area, mask[top:bottom, left:right], out=area)


@lru_cache(maxsize=256)
def _text_mask(text: str, bold: bool, cap_height: int) -> NDArray[np.uint8]:
    """Printed text as a mask, 255 is ink, with capitals `cap_height` canvas pixels high."""
    from PIL import Image, ImageDraw, ImageFont

    file = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    font = ImageFont.truetype(str(_font_folder() / file), cap_height / DEJAVU_CAP_HEIGHT)
    image = Image.new("L", (round(font.getlength(text)) + 8, font.getmetrics()[0] + _descent(cap_height)))
    ImageDraw.Draw(image).text((4, 0), text, fill=255, font=font)
    mask = np.asarray(image, np.uint8)
    columns = np.flatnonzero(mask.any(axis=0))
    mask = mask[:, columns[0] : columns[-1] + 1]
    return cv2.resize(mask, None, fx=BOLD_WIDTH if bold else REGULAR_WIDTH, fy=1.0, interpolation=cv2.INTER_AREA)


def _descent(cap_height: float) -> int:
    return round(cap_height * DESCENT)


def _font_folder() -> Path:
    """Matplotlib's folder of fonts; locating it does not import Matplotlib."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise InkpipeError("Matplotlib, whose fonts print the forms, is not installed. Run `uv sync`.")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


def _canvas_point(x: float, y: float) -> tuple[int, int]:
    """A point of the image in canvas pixels."""
    return round(x * SCALE), round(y * SCALE)
