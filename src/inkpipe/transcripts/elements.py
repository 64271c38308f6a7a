"""Reading XML that is not trusted, and the few things that PAGE XML and ALTO have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from lxml import etree

from inkpipe.errors import InkpipeError
from inkpipe.transcripts.document import Line, Region

MAX_BYTES = 64 << 20  # of a file; a dense page with the outline of every letter has about 20 MiB
MAX_POINTS = 100_000  # of an outline; those of hand and machine have up to some hundred
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

T = TypeVar("T")


class BadTranscriptError(InkpipeError):
    """A file that is no readable transcript. The message says why."""


def parse_xml(content: bytes, *, keep_all: bool = False) -> etree._Element:
    """Parse XML without entities, document types, network and other files.

    Args:
        content: the file.
        keep_all: also comments, processing instructions and CDATA sections, for a file that is to be written again.

    Returns:
        The root element.

    Raises:
        BadTranscriptError: it is too large, not well-formed, or has a document type, which transcripts never need.
    """
    if len(content) > MAX_BYTES:
        raise BadTranscriptError(f"The XML is too large. Received: {len(content):,} bytes, more than {MAX_BYTES:,}.")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=not keep_all,
        remove_pis=not keep_all,
        strip_cdata=not keep_all,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise BadTranscriptError(f"The XML is not well-formed. Received: {error}.") from error
    if root.getroottree().docinfo.doctype:
        raise BadTranscriptError(
            f"The XML declares a document type or entities. Received: {root.getroottree().docinfo.doctype[:80]}. "
            "Remove the declaration: PAGE XML and ALTO need none."
        )
    return root


def points(text: str | None, least: int) -> np.ndarray | None:
    """The points of an attribute such as `1,2 3,4` or `1 2 3 4`.

    Args:
        text: the attribute; None if it is absent.
        least: the number of different points that are needed.

    Returns:
        float64 (n, 2); None if there are fewer points, or numbers without a partner, or absurdly many.
    """
    numbers = [float(each) for each in NUMBER.findall(text or "")]
    if len(numbers) % 2 or len(numbers) > 2 * MAX_POINTS:
        return None
    found = np.array(numbers, np.float64).reshape(-1, 2)
    return found if np.isfinite(found).all() and len(np.unique(found, axis=0)) >= least else None


def box(element: etree._Element) -> np.ndarray | None:
    """The corners of the box in the attributes HPOS, VPOS, WIDTH and HEIGHT; None if it is not given in full."""
    values = [number(element.get(name)) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    left, top, width, height = values
    if left is None or top is None or not width or not height or width < 0 or height < 0:
        return None
    return np.array([(left, top), (left + width, top), (left + width, top + height), (left, top + height)], np.float64)


def number(text: str | None) -> float | None:
    """The number that a text is; None for anything else."""
    return float(text) if text and NUMBER.fullmatch(text.strip()) else None


def regions(
    page: etree._Element, region_of: Callable[[etree._Element], etree._Element], make: Callable[[etree._Element], Line]
) -> Iterator[Region]:
    """The regions with lines of a page, in the order of their first lines.

    Args:
        page: the element of the page.
        region_of: gives the region element that a line belongs to.
        make: makes a line of its element.
    """
    by_region: dict[etree._Element, list[Line]] = {}
    for element in page.iter("{*}TextLine"):
        by_region.setdefault(region_of(element), []).append(make(element))
    for element, lines in by_region.items():
        yield Region(element.get("id") or element.get("ID") or "", tuple(lines))


def insert_after(previous: etree._Element, new: etree._Element) -> None:
    """Put an element behind a sibling, indented as its siblings are.

    Args:
        previous: the sibling.
        new: the element.
    """
    new.tail, previous.tail = previous.tail, previous.getparent().text
    previous.tail = None if previous.tail and previous.tail.strip() else previous.tail
    previous.addnext(new)


def remove_with_tail(element: etree._Element) -> None:
    """Remove an element; the indentation before it goes, and that behind it stays."""
    parent, previous = element.getparent(), element.getprevious()
    if previous is None:
        parent.text = element.tail
    else:
        previous.tail = element.tail
    parent.remove(element)
