"""The layouts of forms: where a name stands in the cropped image, and which other lines are printed or written there.

All positions and lengths are in pixels of the image. They were measured on scanned school forms. A `dy` counts
downwards from the vertical center of the name's line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.random import Generator

from inkpipe.params.synthetic import FormParams, LayoutName


class PrintedText(NamedTuple):
    """Text printed on a form.

    Attributes:
        text: what is printed.
        x: left edge.
        dy: vertical center of the capitals, from the center of the name's line.
        cap_height: height of the capitals.
        bold: whether the font is bold.
        probability: that an image of this layout shows the text, 0 .. 1.
    """

    text: str
    x: float
    dy: float
    cap_height: float = 9.0
    bold: bool = False
    probability: float = 1.0


class NeighborLine(NamedTuple):
    """Another handwritten line of the same form, above or below the name.

    Attributes:
        kind: what is written there.
        x: center of the first cell.
        dy: vertical center of the line, from the center of the name's line.
        cell_width: distance between the centers of cells.
        probability: that an image shows the line, 0 .. 1; `form.neighbor_line_probability` multiplies it.
    """

    kind: Literal["code", "date", "name"]
    x: float
    dy: float
    cell_width: float
    probability: float = 1.0


@dataclass(frozen=True, kw_only=True)
class FormLayout:
    """A form as a cropped image shows it.

    Attributes:
        width: of the image.
        height_range: least and greatest height of the image; uniform between.
        first_cell: x of the center of the name's first cell.
        line_center: y of the center of the name's line.
        cell_width: distance between the centers of cells.
        offset_spread: standard deviation of the crop's offset, (horizontal, vertical).
        printed_texts: printed around the name.
        neighbor_lines: written around the name.
        page_edge_probability: that an image shows the left edge of the page, 0 .. 1.
    """

    width: int
    height_range: tuple[int, int]
    first_cell: float
    line_center: float
    cell_width: float
    offset_spread: tuple[float, float]
    printed_texts: tuple[PrintedText, ...] = ()
    neighbor_lines: tuple[NeighborLine, ...] = ()
    page_edge_probability: float = 0.0


LAYOUTS: Mapping[LayoutName, FormLayout] = {  # by their names in `synthetic.form.layouts`
    "bare": FormLayout(
        width=324,
        height_range=(44, 44),
        first_cell=15.2,
        line_center=22.5,
        cell_width=17.7,
        offset_spread=(1.2, 1.6),
        neighbor_lines=(NeighborLine("name", 15.2, 33, 17.7, 0.1),),
    ),
    "cut_label": FormLayout(
        width=284,
        height_range=(31, 31),
        first_cell=24.2,
        line_center=17.3,
        cell_width=15.8,
        offset_spread=(1.5, 1.8),
        printed_texts=(
            PrintedText("NOM", 21.5, -19.5, probability=0.35),
            PrintedText("PRENOM", 21.5, -19.5, probability=0.45),
            PrintedText("NÉ(E) LE", 21.5, 18.5, probability=0.3),
            PrintedText("CLASSE", 172, 18.5, probability=0.3),
            PrintedText("PRENOM", 21.5, 18.5, probability=0.15),
        ),
        neighbor_lines=(NeighborLine("name", 24.2, 28, 15.8, 0.2),),
    ),
    "bold_name": FormLayout(
        width=388,
        height_range=(36, 36),
        first_cell=91.0,
        line_center=23.5,
        cell_width=17.9,
        offset_spread=(4.0, 2.0),
        printed_texts=(
            PrintedText("NOM :", 8, -0.5, bold=True),
            PrintedText("CODE RNE / UAI :", 8, -23, bold=True, probability=0.75),
        ),
        neighbor_lines=(NeighborLine("code", 127, -26, 18.5, 0.8), NeighborLine("name", 91, 24, 17.9, 0.35)),
        page_edge_probability=0.75,
    ),
    "bold_first_name": FormLayout(
        width=388,
        height_range=(19, 33),
        first_cell=91.0,
        line_center=11.5,
        cell_width=17.9,
        offset_spread=(4.0, 1.5),
        printed_texts=(
            PrintedText("PRENOM :", 8, -0.5, bold=True),
            PrintedText("NÉ(E) LE :", 8, 20, bold=True, probability=0.6),
            PrintedText("CLASSE :", 263, 20, bold=True, probability=0.6),
            PrintedText("○ 6ème", 328, 20, cap_height=8.0, bold=True, probability=0.5),
        ),
        neighbor_lines=(NeighborLine("date", 91, 24, 17.9, 0.9),),
        page_edge_probability=0.95,
    ),
    "label_above": FormLayout(
        width=284,
        height_range=(45, 50),
        first_cell=36.4,
        line_center=36.0,
        cell_width=14.9,
        offset_spread=(2.0, 1.2),
        printed_texts=(PrintedText("NOM", 31, -21), PrintedText("CODE UAI / RNE", 31, -37, probability=0.7)),
        neighbor_lines=(NeighborLine("code", 158, -37, 15.5, 0.9),),
    ),
    "label_high": FormLayout(
        width=284,
        height_range=(62, 71),
        first_cell=36.0,
        line_center=45.5,
        cell_width=15.2,
        offset_spread=(2.0, 1.0),
        printed_texts=(
            PrintedText("PRENOM", 31, -35.5),
            PrintedText("DATE DE NAISSANCE", 31, 22.5),
            PrintedText("CLASSE", 176, 22.5),
        ),
    ),
}


def choose_layout(rng: Generator, params: FormParams) -> FormLayout:
    """Choose one of `LAYOUTS` by the weights of `params.layouts`.

    Args:
        rng: the source of randomness.
        params: the layouts and their weights.

    Returns:
        The chosen layout.
    """
    weights = np.cumsum(list(params.layouts.values()))
    return LAYOUTS[list(params.layouts)[int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))]]
