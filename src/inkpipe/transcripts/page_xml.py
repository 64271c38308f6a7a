"""PAGE XML (S. Pletschacher, A. Antonacopoulos, "The PAGE format framework", ICPR 2010), any version."""

from __future__ import annotations

from itertools import count

import numpy as np
from lxml import etree

from inkpipe.transcripts.document import Document, Line, Page
from inkpipe.transcripts.elements import number, points, regions

ROOT = "PcGts"


def read_page_xml(root: etree._Element) -> Document:
    """The content of a PAGE XML file.

    Args:
        root: its root element.
    """
    places = count()
    return Document("page", tuple(_page(element, places) for element in root.iter("{*}Page")))


def _page(element: etree._Element, places: count[int]) -> Page:
    return Page(
        id=element.get("id", ""),
        image_name=element.get("imageFilename", ""),
        width=number(element.get("imageWidth")),
        height=number(element.get("imageHeight")),
        regions=tuple(regions(element, _region, lambda line: _line(line, next(places)))),
    )


def _region(line: etree._Element) -> etree._Element:
    return line.getparent()


def _line(element: etree._Element, place: int) -> Line:
    return Line(
        id=element.get("id") or f"line_{place + 1}",
        place=place,
        text=_text(element),
        outline=_points(element.find("{*}Coords"), 3),
        baseline=_points(element.find("{*}Baseline"), 2),
    )


def _points(element: etree._Element | None, least: int) -> np.ndarray | None:
    if element is None:
        return None
    text = element.get("points")
    if text is None:  # before the version of 2013, each point is an element
        text = " ".join(f"{point.get('x')},{point.get('y')}" for point in element.iterfind("{*}Point"))
    return points(text, least)


def _text(element: etree._Element) -> str | None:
    """The text of the line, or the texts of its words; of several readings that with the lowest index."""
    own = _first_reading(element)
    if own is not None:
        return own
    words = [_first_reading(word) for word in element.iterfind("{*}Word")]
    texts = [word for word in words if word]
    return " ".join(texts) if texts else None


def _first_reading(element: etree._Element) -> str | None:
    readings = element.findall("{*}TextEquiv")
    for reading in sorted(readings, key=lambda each: number(each.get("index")) or 0.0):
        for name in ("{*}Unicode", "{*}PlainText"):
            if (found := reading.find(name)) is not None:
                return "".join(found.itertext())
    return None
