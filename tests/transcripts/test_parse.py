import time

import pytest
from tests.documents import LINES, alto, page_xml

from inkpipe.transcripts import BadTranscriptError, parse_transcript, transcript_format


def told(document):
    """All that a transcript says, comparable."""
    return [
        (
            page.image_name,
            page.width,
            page.height,
            region.id,
            line.id,
            line.text,
            None if line.outline is None else line.outline.tolist(),
            None if line.baseline is None else line.baseline.tolist(),
        )
        for page in document.pages
        for region, line in page.lines()
    ]


def test_page_and_alto_of_the_same_page_say_the_same():
    page, other = parse_transcript(page_xml(LINES)), parse_transcript(alto(LINES))
    assert (page.format, other.format) == ("page", "alto")
    assert told(page) == told(other)
    assert told(page)[1] == (
        "page.png",
        400.0,
        300.0,
        "r1",
        "l2",
        "deuxième & <3>",
        [[20.0, 60.0], [120.0, 55.0], [220.0, 62.0], [218.0, 95.0], [22.0, 92.0]],
        [[22.0, 84.0], [218.0, 86.0]],
    )
    assert [line.place for _, line in page.pages[0].lines()] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (page_xml(LINES), "page"),
        (alto(LINES), "alto"),
        (b"<PcGts>", "page"),
        (b"<!-- <x> --><pc:PcGts xmlns:pc='p'/>", "page"),
        ("\ufeff<alto/>".encode(), "alto"),
        ('<?xml version="1.0" encoding="UTF-16"?><alto />'.encode("utf-16"), "alto"),
        (b"<mets:mets/>", None),
        (b"<altogether/>", None),
        (b"", None),
        (b"\xff\xd8\xff\xe0", None),
    ],
)
def test_the_format_shows_in_the_beginning(head, found):
    assert transcript_format(head) == found


def bomb(levels):
    entities = b"".join(
        b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 10 if i else b"ha" * 10) for i in range(levels)
    )
    return b"<!DOCTYPE PcGts [" + entities + b"]><PcGts><Page>&e%d;</Page></PcGts>" % (levels - 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not well-formed"),
        (b"<PcGts><Page>", "not well-formed"),
        (page_xml(LINES)[:-20], "not well-formed"),
        (b"<PcGts>\xff</PcGts>", "not well-formed"),
        (b"<PcGts>&eacute;</PcGts>", "not well-formed"),
        (b"<a>" * 100_000 + b"</a>" * 100_000, "not well-formed"),
        (bomb(12), "not well-formed"),
        (bomb(2), "declares a document type or entities"),
        (b'<!DOCTYPE PcGts SYSTEM "file:///etc/passwd"><PcGts/>', "declares a document type or entities"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><PcGts>&e;</PcGts>', "declares a document type"),
        (b"<mets/>", "neither PAGE nor ALTO. Received: the root element 'mets'"),
    ],
    ids=["empty", "cut", "cut late", "no utf-8", "entity", "deep", "bomb", "small bomb", "dtd", "external", "other"],
)
def test_bad_xml_is_refused_at_once(content, message):
    start = time.perf_counter()
    with pytest.raises(BadTranscriptError, match=message):
        parse_transcript(content)
    assert time.perf_counter() - start < 5


def test_huge_xml_is_refused_unread(monkeypatch):
    monkeypatch.setattr("inkpipe.transcripts.elements.MAX_BYTES", 100)
    with pytest.raises(BadTranscriptError, match="too large. Received: 107 bytes, more than 100"):
        parse_transcript(b"<PcGts>" + b" " * 92 + b"</PcGts>")
