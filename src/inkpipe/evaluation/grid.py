"""Pictures of pictures: tables of small gray images with captions, for the report, MLflow and the README."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkpipe.errors import InkpipeError
from inkpipe.evaluation.predictions import Example, Picture
from inkpipe.imaging.opencv import cv2
from inkpipe.pages.charts import FONTS

BACKGROUND, CARD, TEXT, CORRECT, WRONG = "#eef1f5", "#ffffff", "#1d3557", "#2a7f62", "#c8553d"
QUALITY = 70  # of pictures in pages, 1 to 100
GAP, FONT_SIZE, LINE = 10, 13, 18  # pixels: around images, of letters, from one line of a caption to the next


def image_grid(
    rows: Sequence[Sequence[Picture]],
    captions: Sequence[Sequence[str]],
    *,
    title: str = "",
    colors: Sequence[Sequence[str]] | None = None,
) -> NDArray[np.uint8]:
    """Lay images out as a table, each on a white card above its caption.

    Args:
        rows: gray images, uint8 (height, width), of any sizes; rows may differ in length.
        captions: one for each image, in the same shape; may have several lines.
        title: a heading above the table.
        colors: of the last line of each caption, in the same shape; dark blue if not given.

    Returns:
        uint8 (height, width, 3), RGB.

    Raises:
        InkpipeError: there is no image, or the captions do not match the images.
    """
    if not any(rows) or [len(row) for row in rows] != [len(row) for row in captions]:
        raise InkpipeError(
            f"A grid needs images and one caption for each. Received: rows of {[len(row) for row in rows]} images "
            f"and {[len(row) for row in captions]} captions."
        )
    colors = colors or [[TEXT] * len(row) for row in rows]
    cells = [
        [_card(*cell) for cell in zip(*columns, strict=True)] for columns in zip(rows, captions, colors, strict=True)
    ]
    return _table(cells, title)


def prediction_grid(examples: Sequence[Example], *, columns: int = 3, title: str = "") -> bytes:
    """Show images with label, predicted text and confidence: correct predictions in green, wrong ones in red.

    Args:
        examples: at least one.
        columns: images in a row.
        title: a heading above the table.

    Returns:
        A PNG; the same examples give the same bytes.

    Raises:
        InkpipeError: there is no example.
    """
    rows = [examples[start : start + columns] for start in range(0, len(examples), columns)]
    picture = image_grid(
        [[each.image for each in row] for row in rows],
        [[_caption(each) for each in row] for row in rows],
        colors=[[CORRECT if each.scored.correct else WRONG for each in row] for row in rows],
        title=title,
    )
    return encode_png(picture)


def encode_png(picture: NDArray[np.uint8]) -> bytes:
    """Encode a picture.

    Args:
        picture: uint8 (height, width) gray or (height, width, 3) RGB.

    Returns:
        A PNG; the same pixels give the same bytes.
    """
    ordered = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    smallest = (cv2.IMWRITE_PNG_COMPRESSION, 9)  # less than half the size of OpenCV's default
    return cv2.imencode(".png", ordered, smallest)[1].tobytes()


def as_webp(png: bytes) -> bytes:
    """Encode a picture anew for a page: a PNG of noise and soft edges has more than twice the bytes.

    Args:
        png: the picture.

    Returns:
        A WebP of the same size; the same PNG gives the same bytes.
    """
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    return cv2.imencode(".webp", picture, (cv2.IMWRITE_WEBP_QUALITY, QUALITY))[1].tobytes()


def _caption(example: Example) -> str:
    scored = example.scored
    return f"{scored.label}\n{scored.prediction or '(nothing)'}   {scored.confidence:.0%}"


def _card(picture: Picture, caption: str, color: str) -> Image.Image:
    """One image above its caption, on white."""
    lines = caption.split("\n")
    width = max(picture.shape[1], *(int(_font().getlength(line)) + 1 for line in lines))
    card = Image.new("RGB", (width + 2 * GAP, picture.shape[0] + 2 * GAP + LINE * len(lines)), CARD)
    card.paste(Image.fromarray(picture), (GAP, GAP))
    draw = ImageDraw.Draw(card)
    for i, line in enumerate(lines):
        last = i == len(lines) - 1
        draw.text((GAP, picture.shape[0] + GAP + 4 + LINE * i), line, fill=color if last else TEXT, font=_font())
    return card


def _table(cells: Sequence[Sequence[Image.Image]], title: str) -> NDArray[np.uint8]:
    """Cards in rows and columns, each column as wide as its widest card."""
    columns = range(max(map(len, cells)))
    widths = [max(row[i].width for row in cells if i < len(row)) for i in columns]
    heights = [max(card.height for card in row) for row in cells if row]
    top = GAP + (LINE + GAP if title else 0)
    title_width = int(_font(bold=True).getlength(title)) + 2 * GAP
    size = (max(title_width, GAP + sum(width + GAP for width in widths)), top + sum(height + GAP for height in heights))
    table = Image.new("RGB", size, BACKGROUND)
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
    return ImageFont.truetype(FONTS / name, FONT_SIZE)
