"""ALTO (Library of Congress, "ALTO: Technical Metadata for Layout and Text Objects"), versions 2 to 4."""

from __future__ import annotations

from itertools import count

import numpy as np
from lxml import etree

from inkpipe.transcripts.document import Document, Line, Page
from inkpipe.transcripts.elements import box, insert_after, number, points, regions, remove_with_tail

ROOT = "alto"
BOX = ("HPOS", "VPOS", "WIDTH", "HEIGHT")
BLOCKS = ("TextBlock", "ComposedBlock", "PrintSpace", "Page")  # what a line can lie in


def read_alto(root: etree._Element) -> Document:
    """The content of an ALTO file.

    Args:
        root: its root element.
    """
    places = count()
    image_name = (root.findtext("{*}Description/{*}sourceImageInformation/{*}fileName") or "").strip()
    return Document("alto", tuple(_page(element, image_name, places) for element in root.iter("{*}Page")))


def _page(element: etree._Element, image_name: str, places: count[int]) -> Page:
    space = element.find("{*}PrintSpace")
    width, height = (
        number(element.get(name)) or (number(space.get(name)) if space is not None else None)
        for name in ("WIDTH", "HEIGHT")
    )
    found = tuple(regions(element, _region, lambda line: _line(line, next(places))))
    return Page(element.get("ID", ""), image_name, width, height, found)


def _region(line: etree._Element) -> etree._Element:
    return next(parent for parent in line.iterancestors() if etree.QName(parent).localname in BLOCKS)


def _line(element: etree._Element, place: int) -> Line:
    shape = element.find("{*}Shape/{*}Polygon")
    outline = points(shape.get("POINTS"), 3) if shape is not None else None
    outline = box(element) if outline is None else outline
    return Line(
        id=element.get("ID") or f"line_{place + 1}",
        place=place,
        text=_text(element),
        outline=outline,
        baseline=_baseline(element.get("BASELINE"), outline),
    )


def _baseline(text: str | None, outline: np.ndarray | None) -> np.ndarray | None:
    """The points of a baseline; before version 4.1 it is one number, the height of a level one."""
    level = number(text)
    if level is None:
        return points(text, 2)
    if outline is None:
        return None
    return np.array([(outline[:, 0].min(), level), (outline[:, 0].max(), level)], np.float64)


def _text(element: etree._Element) -> str | None:
    """The strings of a line with a space between them. A hyphen at its end (HYP) belongs to its last string."""
    strings = [
        (etree.QName(child).localname, child.get("CONTENT", ""))
        for child in element.iterchildren("{*}String", "{*}HYP")
    ]
    if not strings:
        return None
    return "".join(f" {content}" if name == "String" else content for name, content in strings).removeprefix(" ")


def set_alto_text(line: etree._Element, text: str, confidence: str | None) -> None:
    """Make a text the only string of a line. It gets the box of the line, if that has one.

    Args:
        line: its `TextLine`.
        text: perhaps empty.
        confidence: 0 to 1; None for none.

    Raises:
        ValueError: the text has a character that XML cannot hold.
    """
    new = etree.Element(etree.QName(etree.QName(line).namespace, "String"))
    new.set("CONTENT", text)
    for name in BOX:
        if (value := line.get(name)) is not None:
            new.set(name, value)
    if confidence is not None:
        new.set("WC", confidence)
    for old in line.findall("{*}String") + line.findall("{*}SP") + line.findall("{*}HYP"):
        remove_with_tail(old)
    shape = line.find("{*}Shape")
    if shape is not None:
        insert_after(shape, new)
    else:
        line.insert(0, new)
