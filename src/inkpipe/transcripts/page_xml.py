"""PAGE XML (S. Pletschacher, A. Antonacopoulos, "The PAGE format framework", ICPR 2010), any version."""

from __future__ import annotations

from itertools import count

import numpy as np
from lxml import etree

from inkpipe.transcripts.document import Document, Line, Page
from inkpipe.transcripts.elements import insert_after, number, points, regions, remove_with_tail

ROOT = "PcGts"
BEFORE_TEXT = ("AlternativeImage", "Coords", "Baseline", "Word")  # what stands in a line before its text
FIRST_WITH_CONFIDENCE = "2013"  # the version, which is a date, from which on a text has an attribute for it


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


def set_page_text(line: etree._Element, text: str, confidence: str | None) -> None:
    """Make a text the only one of a line. Words that spell another one are removed.

    Args:
        line: its `TextLine`.
        text: perhaps empty.
        confidence: 0 to 1, written only where the version has a place for it; None for none.

    Raises:
        ValueError: the text has a character that XML cannot hold.
    """
    words = line.findall("{*}Word")
    if " ".join(filter(None, map(_first_reading, words))) != text:
        for word in words:
            remove_with_tail(word)
    _set_reading(line, text, confidence)


def set_region_text(region: etree._Element) -> None:
    """Bring the text of a region that has one up to date with its lines, a line each."""
    if region.find("{*}TextEquiv") is not None:
        _set_reading(region, "\n".join(_text(line) or "" for line in region.iterfind("{*}TextLine")), None)


def _set_reading(element: etree._Element, text: str, confidence: str | None) -> None:
    namespace = etree.QName(element).namespace
    new = etree.Element(etree.QName(namespace, "TextEquiv"))
    if _before_confidence(namespace):
        etree.SubElement(new, etree.QName(namespace, "PlainText")).text = text  # which that version demands
    elif confidence is not None:
        new.set("conf", confidence)
    etree.SubElement(new, etree.QName(namespace, "Unicode")).text = text
    old = element.findall("{*}TextEquiv")
    if old:
        for other in old[1:]:
            remove_with_tail(other)
        new.tail = old[0].tail
        element.replace(old[0], new)
        return
    before = [child for child in element.iterchildren("{*}*") if etree.QName(child).localname in BEFORE_TEXT]
    if before:
        insert_after(before[-1], new)
    else:
        element.insert(0, new)


def _before_confidence(namespace: str | None) -> bool:
    """Whether a version is so early that a text has no attributes: `.../pagecontent/2010-03-19`."""
    version = (namespace or "").rpartition("/")[2]
    return version[:2] == "20" and version < FIRST_WITH_CONFIDENCE
