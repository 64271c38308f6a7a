"""Write texts into a PAGE XML or ALTO file, and leave everything else in it as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lxml import etree

from inkpipe.errors import InkpipeError
from inkpipe.transcripts.alto import set_alto_text
from inkpipe.transcripts.elements import parse_xml
from inkpipe.transcripts.page_xml import set_page_text, set_region_text
from inkpipe.transcripts.parse import transcript_kind

DIGITS = 4  # of a confidence


class LineText(NamedTuple):
    """What is written on a line.

    Attributes:
        text: perhaps empty.
        confidence: of the text, 0 to 1; None for one that a person gave.
    """

    text: str
    confidence: float | None = None


def with_texts(content: bytes, texts: Mapping[int, LineText]) -> bytes:
    """Write texts into the lines of a transcript. The version of its schema stays as it is.

    In PAGE XML the text of a line is its only `TextEquiv`, with the confidence as `conf` where the version knows it
    (from 2013 on). `Word` elements that spell another text are removed, and a region that has the text of its lines
    gets the new one. In ALTO the text is the only `String` of the line, with the confidence as `WC` and the box of the
    line, as eScriptorium writes it.

    Args:
        content: the file.
        texts: by the place of the line, see `Line.place`. Other lines stay as they are.

    Returns:
        The file with the texts, in the encoding that it had.

    Raises:
        BadTranscriptError: the content is no readable transcript.
        InkpipeError: there is no line at one of the places, or a text has a character that XML cannot hold.
    """
    root = parse_xml(content, keep_all=True)
    kind = transcript_kind(root)
    lines = [line for page in root.iter("{*}Page") for line in page.iter("{*}TextLine")]
    for place, (text, confidence) in texts.items():
        if not 0 <= place < len(lines):
            raise InkpipeError(
                f"The transcript has no such line. Received: line {place + 1} of {len(lines)}. "
                "Read the file again if it was changed meanwhile."
            )
        try:
            (set_page_text if kind == "page" else set_alto_text)(lines[place], text, _shown(confidence))
        except ValueError as error:  # of lxml
            raise InkpipeError(
                f"XML cannot hold a character of the text. Received: {text!r}. Remove control characters."
            ) from error
    if kind == "page":
        for region in dict.fromkeys(lines[place].getparent() for place in texts):
            set_region_text(region)
    tree = root.getroottree()
    encoding, standalone = tree.docinfo.encoding or "UTF-8", tree.docinfo.standalone or None
    return etree.tostring(tree, xml_declaration=True, encoding=encoding, standalone=standalone)


def _shown(confidence: float | None) -> str | None:
    return None if confidence is None else f"{confidence:.{DIGITS}f}"
