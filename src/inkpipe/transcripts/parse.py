"""From the bytes of a file to a transcript."""

from __future__ import annotations

import codecs
import re

from lxml import etree

from inkpipe.transcripts import alto, page_xml
from inkpipe.transcripts.document import Document, Format
from inkpipe.transcripts.elements import BadTranscriptError, parse_xml

HEAD_BYTES = 1 << 16  # of a file, in which its root element begins, whatever comments stand before it
ROOTS: dict[str, Format] = {page_xml.ROOT: "page", alto.ROOT: "alto"}
ROOT = re.compile(rf"<(?:[\w.-]+:)?({'|'.join(ROOTS)})[\s>/]")
BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

__all__ = ["HEAD_BYTES", "BadTranscriptError", "parse_transcript", "transcript_format"]


def transcript_format(head: bytes) -> Format | None:
    """Tell by the beginning of a file what kind of transcript it is.

    Args:
        head: at least its first `HEAD_BYTES`, or all of them.

    Returns:
        `page` or `alto`; None for any other file. The file may still be damaged.
    """
    encoding = next((name for bom, name in BOMS.items() if head.startswith(bom)), "latin-1")
    match = ROOT.search(head.decode(encoding, errors="replace"))
    return ROOTS[match[1]] if match else None


def parse_transcript(content: bytes) -> Document:
    """Parse a PAGE XML or ALTO file. Nothing outside of it is read.

    Args:
        content: the file.

    Returns:
        Its pages.

    Raises:
        BadTranscriptError: it is too large, damaged, declares entities, or is no transcript.
    """
    root = parse_xml(content)
    return page_xml.read_page_xml(root) if transcript_kind(root) == "page" else alto.read_alto(root)


def transcript_kind(root: etree._Element) -> Format:
    """Tell by its root element what kind of transcript a file is.

    Raises:
        BadTranscriptError: it is none.
    """
    name = etree.QName(root).localname
    if name not in ROOTS:
        raise BadTranscriptError(f"The XML is neither PAGE nor ALTO. Received: the root element {name!r}.")
    return ROOTS[name]
