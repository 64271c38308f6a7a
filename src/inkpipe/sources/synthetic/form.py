"""Forms: where on the paper a name stands, and what is printed and written around it.

All positions are in image pixels; `dy` counts from the middle of the name's line.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from inkpipe.errors import InkpipeError
from inkpipe.params.synthetic import FormParams
from inkpipe.sources.synthetic.pen import SCALE

Canvas = NDArray[np.uint8]


class Printed(NamedTuple):
    """Printed text: its left edge, the middle of its capitals, and their height."""

    text: str
    x: float
    dy: float
    cap: float = 9.0
    bold: bool = False
    share: float = 1.0


class Written(NamedTuple):
    """Another handwritten line: `kind` is `code`, `date` or `name`; first cell's middle and cells' width."""

    kind: str
    x: float
    dy: float
    pitch: float
    share: float = 1.0


@dataclass(frozen=True)
class Layout:
    """A form as the crop shows it.

    Attributes:
        width, height: of the image; the height from a uniform range.
        first: middle of the first cell.
        line: middle of the name's line, from the top.
        pitch: width of a cell.
        shift: standard deviation of the crop's offset, horizontally and vertically.
        edge: share of images that show the page's left edge: a time stamp printed upwards, and a rule.
    """

    width: int
    height: tuple[int, int]
    first: float
    line: float
    pitch: float
    shift: tuple[float, float]
    printed: tuple[Printed, ...] = ()
    written: tuple[Written, ...] = ()
    edge: float = 0.0


LAYOUTS = {
    "bare": Layout(324, (44, 44), 15.2, 22.5, 17.7, (1.2, 1.6), written=(Written("name", 15.2, 33, 17.7, 0.1),)),
    "cut_label": Layout(
        284,
        (31, 31),
        24.2,
        17.3,
        15.8,
        (1.5, 1.8),
        printed=(
            Printed("NOM", 21.5, -19.5, share=0.35),
            Printed("PRENOM", 21.5, -19.5, share=0.45),
            Printed("NÉ(E) LE", 21.5, 18.5, share=0.3),
            Printed("CLASSE", 172, 18.5, share=0.3),
            Printed("PRENOM", 21.5, 18.5, share=0.15),
        ),
        written=(Written("name", 24.2, 28, 15.8, 0.2),),
    ),
    "bold_name": Layout(
        388,
        (36, 36),
        91.0,
        23.5,
        17.9,
        (4.0, 2.0),
        printed=(Printed("NOM :", 8, -0.5, 9.0, True), Printed("CODE RNE / UAI :", 8, -23, 9.0, True, 0.75)),
        written=(Written("code", 127, -26, 18.5, 0.8), Written("name", 91, 24, 17.9, 0.35)),
        edge=0.75,
    ),
    "bold_first_name": Layout(
        388,
        (19, 33),
        91.0,
        11.5,
        17.9,
        (4.0, 1.5),
        printed=(
            Printed("PRENOM :", 8, -0.5, 9.0, True),
            Printed("NÉ(E) LE :", 8, 20, 9.0, True, 0.6),
            Printed("CLASSE :", 263, 20, 9.0, True, 0.6),
            Printed("○ 6ème", 328, 20, 8.0, True, 0.5),
        ),
        written=(Written("date", 91, 24, 17.9, 0.9),),
        edge=0.95,
    ),
    "label_above": Layout(
        284,
        (45, 50),
        36.4,
        36.0,
        14.9,
        (2.0, 1.2),
        printed=(Printed("NOM", 31, -21), Printed("CODE UAI / RNE", 31, -37, share=0.7)),
        written=(Written("code", 158, -37, 15.5, 0.9),),
    ),
    "label_high": Layout(
        284,
        (62, 71),
        36.0,
        45.5,
        15.2,
        (2.0, 1.0),
        printed=(
            Printed("PRENOM", 31, -35.5),
            Printed("DATE DE NAISSANCE", 31, 22.5),
            Printed("CLASSE", 176, 22.5),
        ),
    ),
}


def choose_layout(rng: Generator, params: FormParams) -> Layout:
    """One of `LAYOUTS` by the weights of `params.layouts`.

    Raises:
        InkpipeError: the weights name a layout that does not exist.
    """
    if unknown := set(params.layouts) - set(LAYOUTS):
        raise InkpipeError(
            f"data.synthetic.form.layouts names forms that do not exist. Received: {sorted(unknown)}. "
            f"Use some of {sorted(LAYOUTS)}."
        )
    weights = np.cumsum(list(params.layouts.values()))
    return LAYOUTS[list(params.layouts)[int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))]]


def print_text(canvas: Canvas, printed: Printed, line: float, offset: float) -> None:
    """Print text on a supersampled canvas, cut off where it leaves the paper."""
    mask = text_mask(printed.text, printed.bold, round(printed.cap * SCALE))
    x = round((printed.x + offset) * SCALE)
    y = round((line + printed.dy + printed.cap / 2) * SCALE) - (mask.shape[0] - _descent(printed.cap * SCALE))
    paste(canvas, mask, x, y)


def print_edge(canvas: Canvas, rng: Generator, offset: float) -> None:
    """The page's edge: part of a time stamp printed upwards, and often the rule of the margin."""
    stamp = f"{rng.integers(24):02d}:{rng.integers(60):02d}:{rng.integers(60):02d}"
    mask = np.rot90(text_mask(stamp, True, round(8.5 * SCALE)))
    left = offset - rng.uniform(0, 4)
    paste(canvas, mask, round(left * SCALE), int(rng.integers(-mask.shape[0] // 2, canvas.shape[0] // 2)))
    if rng.random() < 0.5:
        x = round((left - rng.uniform(1, 5)) * SCALE)
        cv2.line(canvas, (x, 0), (x + int(rng.integers(-3, 4)), canvas.shape[0]), 255, int(rng.integers(2, 5)))


def shade_right(canvas: Canvas, rng: Generator) -> None:
    """The black that a scanner sees beyond the page's right edge, a few pixels wide."""
    x = canvas.shape[1] - round(rng.uniform(0.5, 4) * SCALE)
    cv2.line(canvas, (x, 0), (x + int(rng.integers(-4, 5)), canvas.shape[0]), 255, round(rng.uniform(0.5, 3) * SCALE))


def rule(canvas: Canvas, y: float, left: float, right: float, dashed: bool) -> None:
    """A printed line, or a row of dots, on which to write."""
    if not dashed:
        cv2.line(canvas, _at(left, y), _at(right, y), 255, SCALE - 1)
        return
    for x in np.arange(left, right, 3.0):
        cv2.circle(canvas, _at(x, y), SCALE // 2, 255, cv2.FILLED)


def comb(canvas: Canvas, left: float, top: float, pitch: float, cells: int, height: float, teeth_only: bool) -> None:
    """Printed cells: closed boxes, or a base line with short teeth."""
    right, bottom = left + cells * pitch, top + height
    cv2.line(canvas, _at(left, bottom), _at(right, bottom), 255, SCALE // 2)
    if not teeth_only:
        cv2.line(canvas, _at(left, top), _at(right, top), 255, SCALE // 2)
    for cell in range(cells + 1):
        x = left + cell * pitch
        cv2.line(canvas, _at(x, bottom - height * (0.3 if teeth_only else 1.0)), _at(x, bottom), 255, SCALE // 2)


def speckle(canvas: Canvas, rng: Generator, mean: float) -> None:
    """Dust: small dots, now and then a scratch."""
    for _ in range(rng.poisson(mean)):
        x, y = rng.uniform(0, canvas.shape[1] / SCALE), rng.uniform(0, canvas.shape[0] / SCALE)
        if rng.random() < 0.85:
            cv2.circle(canvas, _at(x, y), round(SCALE * rng.uniform(0.2, 0.9)), 255, cv2.FILLED)
        else:
            end = _at(x + rng.normal(0, 2), y + rng.normal(0, 4))
            cv2.line(canvas, _at(x, y), end, 255, int(rng.integers(1, SCALE)))


def paste(canvas: Canvas, mask: Canvas, x: int, y: int) -> None:
    """Put a mask's ink on the canvas with its corner at (x, y), cut off at the canvas's edges."""
    top, left = max(0, -y), max(0, -x)
    bottom, right = min(mask.shape[0], canvas.shape[0] - y), min(mask.shape[1], canvas.shape[1] - x)
    if top < bottom and left < right:
        area = canvas[y + top : y + bottom, x + left : x + right]
        np.maximum(area, mask[top:bottom, left:right], out=area)


@lru_cache(maxsize=256)
def text_mask(text: str, bold: bool, cap: int) -> Canvas:
    """Printed text as a mask, 255 is ink, its capitals `cap` high; the font is brought to Helvetica's proportions."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(str(_fonts() / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")), cap / 0.729)
    image = Image.new("L", (round(font.getlength(text)) + 8, font.getmetrics()[0] + _descent(cap)))
    ImageDraw.Draw(image).text((4, 0), text, fill=255, font=font)
    mask = np.asarray(image, np.uint8)
    columns = np.flatnonzero(mask.any(axis=0))
    mask = mask[:, columns[0] : columns[-1] + 1]
    return cv2.resize(mask, None, fx=0.88 if bold else 0.98, fy=1.0, interpolation=cv2.INTER_AREA)


def _descent(cap: float) -> int:
    return round(cap * 0.35)


def _fonts() -> Path:
    """Matplotlib's font folder, found without importing matplotlib."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise InkpipeError("Matplotlib, whose fonts print the forms, is not installed. Run `uv sync`.")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


def _at(x: float, y: float) -> tuple[int, int]:
    return round(x * SCALE), round(y * SCALE)
