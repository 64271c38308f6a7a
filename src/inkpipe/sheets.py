"""Pictures of pictures: grids of small grey images with captions, for reports, MLflow and the README."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkpipe.analysis import Read
from inkpipe.errors import InkpipeError

Picture = NDArray[np.uint8]  # (height, width), 0 ink to 255 paper

PAPER, CARD, TEXT, RIGHT, WRONG = "#eef1f5", "#ffffff", "#1d3557", "#2a7f62", "#c8553d"
GAP, FONT_SIZE, LINE = 10, 13, 18  # pixels


class Example(NamedTuple):
    """A read and the image that it was read from."""

    read: Read
    image: Picture


def sheet(
    rows: Sequence[Sequence[Picture]],
    captions: Sequence[Sequence[str]],
    *,
    title: str = "",
    colours: Sequence[Sequence[str]] | None = None,
) -> NDArray[np.uint8]:
    """Lay images out as a table, each on a white card above its caption.

    Args:
        rows: grey images, uint8 (height, width), of any sizes; rows may differ in length.
        captions: one for each image, in the same shape; may have several lines.
        title: a heading above the table.
        colours: of each caption, in the same shape; dark blue if not given.

    Returns:
        uint8 (height, width, 3), RGB.

    Raises:
        InkpipeError: no image, or captions that do not match the images.
    """
    if not any(rows) or [len(row) for row in rows] != [len(row) for row in captions]:
        raise InkpipeError(
            f"A sheet needs images and one caption for each. Received: rows of {[len(row) for row in rows]} images "
            f"and {[len(row) for row in captions]} captions."
        )
    colours = colours or [[TEXT] * len(row) for row in rows]
    cells = [
        [_card(*cell) for cell in zip(*columns, strict=True)] for columns in zip(rows, captions, colours, strict=True)
    ]
    return _table(cells, title)


def encode_png(picture: NDArray[np.uint8]) -> bytes:
    """A picture, uint8 (height, width) grey or (height, width, 3) RGB, as PNG; the same pixels give the same bytes."""
    ordered = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    smallest = (cv2.IMWRITE_PNG_COMPRESSION, 9)  # less than half of what OpenCV's default gives
    return cv2.imencode(".png", ordered, smallest)[1].tobytes()


def predictions(examples: Sequence[Example], *, columns: int = 3, title: str = "") -> bytes:
    """Images with what they show, what was read and how sure the reader was, as PNG: right in green, wrong in red.

    Raises:
        InkpipeError: there is no example.
    """
    rows = [examples[start : start + columns] for start in range(0, len(examples), columns)]
    picture = sheet(
        [[each.image for each in row] for row in rows],
        [[f"{e.read.label}\n{e.read.read or '(nothing)'}   {e.read.confidence:.0%}" for e in row] for row in rows],
        colours=[[WRONG if each.read.edits else RIGHT for each in row] for row in rows],
        title=title,
    )
    return encode_png(picture)


def _card(picture: Picture, caption: str, colour: str) -> Image.Image:
    """One image above its caption, on white."""
    lines = caption.split("\n")
    width = max(picture.shape[1], *(int(_font().getlength(line)) + 1 for line in lines))
    card = Image.new("RGB", (width + 2 * GAP, picture.shape[0] + 2 * GAP + LINE * len(lines)), CARD)
    card.paste(Image.fromarray(picture), (GAP, GAP))
    draw = ImageDraw.Draw(card)
    for i, line in enumerate(lines):
        last = i == len(lines) - 1
        draw.text((GAP, picture.shape[0] + GAP + 4 + LINE * i), line, fill=colour if last else TEXT, font=_font())
    return card


def _table(cells: Sequence[Sequence[Image.Image]], title: str) -> NDArray[np.uint8]:
    """Cards in rows and columns, each column as wide as its widest card."""
    columns = range(max(map(len, cells)))
    widths = [max(row[i].width for row in cells if i < len(row)) for i in columns]
    heights = [max(card.height for card in row) for row in cells if row]
    top = GAP + (LINE + GAP if title else 0)
    title_width = int(_font(bold=True).getlength(title)) + 2 * GAP
    size = (max(title_width, GAP + sum(width + GAP for width in widths)), top + sum(height + GAP for height in heights))
    table = Image.new("RGB", size, PAPER)
    ImageDraw.Draw(table).text((GAP, GAP), title, fill=TEXT, font=_font(bold=True))
    for row, height in zip(filter(None, cells), heights, strict=True):
        left = GAP
        for card, width in zip(row, widths, strict=False):
            table.paste(CARD, (left, top, left + width, top + height))
            table.paste(card, (left, top))
            left += width + GAP
        top += height + GAP
    return np.asarray(table)


@cache
def _font(bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which Matplotlib ships: the same glyphs, accents included, on every machine."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, FONT_SIZE)
