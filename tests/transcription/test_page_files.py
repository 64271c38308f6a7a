"""Pages among the inputs: their lines are images."""

import os
import zipfile

import cv2
import numpy as np
import pytest
from tests.documents import LINES, DocumentLine, alto, box, page_image, page_xml, png

from inkpipe.transcription.inputs import Inputs

WRITERS = {"page": page_xml, "alto": alto}
PAGE = page_image(LINES)
SCAN = png(PAGE)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def put(place):
    """Write files: `put({name: content})`."""

    def write(files):
        for name, content in files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    return write


def images(*words, **options):
    return list(Inputs(words, bytes, **options))


def names(*words, **options):
    return [image.name for image in images(*words, **options)]


def reasons(*words):
    return {str(image.read()).split(". Received")[0] for image in images(*words)}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_the_lines_of_a_page_stand_in_the_place_of_its_transcript_and_not_the_scan(put, write):
    put(
        {
            "in/a.jpg": b"a",
            "in/m.png": SCAN,
            "in/m.xml": write(LINES, "m.png"),
            "in/z.jpg": b"z",
            "in/notes.xml": b"<x/>",
        }
    )
    expected = ["in/a.jpg", *(f"in/m.xml/l{number}" for number in range(1, 5)), "in/z.jpg"]
    inputs = Inputs(["in"], bytes)
    for _ in range(2):
        found = list(inputs)
        assert [image.name for image in found] == expected
        assert inputs.skipped == 1  # notes.xml; the scan is not skipped
    assert [image.line and image.line.place for image in found] == [None, 0, 1, 2, 3, None]
    pixels = cv2.imdecode(np.frombuffer(found[1].read(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert (pixels == PAGE[20:50, 20:200]).all()
    assert list(inputs.transcripts) == ["in/m.xml"]


def test_a_zip_and_a_transcript_alone_give_the_same_lines(put, place):
    put({"scans/p.png": SCAN, "scans/page/p.xml": page_xml(LINES, "p.png")})
    with zipfile.ZipFile(place / "s.zip", "w") as archive:
        archive.write("scans/page/p.xml", "page/p.xml")
        archive.write("scans/p.png", "p.png")
    expected = [image.read() for image in images("scans")]
    assert all(isinstance(content, bytes) for content in expected)
    for word, prefix in (
        ("scans", "scans/page"),
        ("s.zip", "s.zip/page"),
        ("scans/page", "scans/page"),
        ("scans/page/p.xml", "scans/page"),
        ("scans/page/*.xml", "scans/page"),
    ):
        found = images(word)
        assert [image.name for image in found] == [f"{prefix}/p.xml/l{number}" for number in range(1, 5)]
        assert [image.read() for image in found] == expected


def test_lines_with_a_text_can_be_left_out(put):
    put({"p.png": SCAN, "p.xml": page_xml([*LINES, DocumentLine("l5", " ", box(20, 150, 90, 180))], "p.png")})
    assert names(".", untranscribed=True) == ["p.xml/l3", "p.xml/l5"]


def test_an_id_that_comes_again_has_a_number(put):
    lines = [DocumentLine("l", text, box(20, 20, 200, 50)) for text in "ab"]
    put({"p.png": SCAN, "p.xml": page_xml(lines, "p.png")})
    assert names(".") == ["p.xml/l", "p.xml/l_2"]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"p.xml": page_xml(LINES, "gone.png")}, "The image of the page is not among the files"),
        ({"p.xml": page_xml(LINES, "p.png"), "p.png": b"none"}, "Not an image"),
        ({"p.xml": page_xml(LINES, "p.png"), "p.png": SCAN[:200]}, "The image is damaged"),
        ({"p.xml": page_xml(LINES, "p.png", (300, 400)), "p.png": SCAN}, "The image of the page has another shape than its transcript says"),  # noqa: E501
        ({"p.xml": page_xml(LINES, "p.png")[:300], "p.png": SCAN}, "The XML is not well-formed"),
        ({"p.xml": b"<!DOCTYPE x>" + page_xml(LINES, "p.png").partition(b"?>")[2], "p.png": SCAN}, "The XML declares a document type or entities"),  # noqa: E501
    ],
)  # fmt: skip
def test_a_page_that_cannot_be_read_says_why(put, files, reason):
    put(files)
    assert reasons("p.xml") == {reason}


def test_a_line_without_a_place_is_unreadable_and_the_others_are_not(put):
    put({"p.png": SCAN, "p.xml": page_xml([LINES[0], DocumentLine("l9", "x", box(900, 20, 950, 50))], "p.png")})
    good, lost = (image.read() for image in images("p.xml"))
    assert isinstance(good, bytes)
    assert str(lost) == (
        "The line cannot be cut from its page. Received: it lies outside of the image. "
        "Correct its outline in the transcript."
    )


def test_what_is_no_transcript_is_no_page(put):
    put({"p.xml": b"<html/>", "p.png": SCAN})
    assert [image.read() for image in images("p.xml")] == [b"<html/>"]
    assert names(".") == ["p.png"]


def test_a_fifo_is_never_waited_for(put, place):
    put({"p.png": SCAN})
    os.mkfifo(place / "p.xml")
    scan, fifo = images(".")
    assert scan.name == "p.png"
    assert (fifo.name, str(fifo.read())) == ("p.xml", "p.xml is not a file. Received: a fifo. Remove it.")


def test_a_scan_is_decoded_once(put, monkeypatch):
    from inkpipe.sources import page_cutting

    put({"p.png": SCAN, "p.xml": page_xml(LINES, "p.png")})
    decoded = []
    monkeypatch.setattr(page_cutting, "decode", lambda data: decoded.append(data) or PAGE)
    assert [len(image.read()) > 0 for image in images("p.xml")] == [True] * 4
    assert decoded == [SCAN]
