"""What a transcript holds: pages, their regions, and the lines of text in them, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

Format = Literal["page", "alto"]


@dataclass(frozen=True)
class Line:
    """A line of text.

    Coordinates are in the unit of the page's width and height, from its upper left corner, x before y.

    Attributes:
        id: its id in the file; one made of its place where the file gives none.
        place: its place among all lines of the file, from 0, by which it is found again to write to it.
        text: as the file has it, perhaps empty; None if the line is not transcribed.
        outline: float64 (n, 2), n >= 3, the corners of the area of the line; None if the file gives none.
        baseline: float64 (n, 2), n >= 2, the points on which the letters stand; None if the file gives none.
    """

    id: str
    place: int
    text: str | None
    outline: np.ndarray | None
    baseline: np.ndarray | None


@dataclass(frozen=True)
class Region:
    """A block of lines, such as a paragraph, a marginal note or a cell of a table.

    Attributes:
        id: its id in the file; empty if it has none.
        lines: those that belong to it and to no region within it.
    """

    id: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        id: its id in the file; empty if it has none.
        image_name: the file name, path or address of its image; empty if the file gives none.
        width: of the page, in the unit of all coordinates, which is mostly the pixel of its image; None if not given.
        height: likewise.
        regions: in the order of the file.
    """

    id: str
    image_name: str
    width: float | None
    height: float | None
    regions: tuple[Region, ...]

    def lines(self) -> Iterator[tuple[Region, Line]]:
        """All lines, each with its region."""
        return ((region, line) for region in self.regions for line in region.lines)


@dataclass(frozen=True)
class Document:
    """The content of a PAGE XML or ALTO file.

    Attributes:
        format: `page` or `alto`.
        pages: one in PAGE XML, any number in ALTO.
    """

    format: Format
    pages: tuple[Page, ...]
