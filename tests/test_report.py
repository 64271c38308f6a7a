from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.analysis import analyse, make_read
from inkpipe.report import SHEETS, Background, data_uri, difference, flatten, percent, readable, render_report
from inkpipe.sheets import Example, encode_png

PNG = encode_png(np.zeros((4, 6), np.uint8))
FIGURES = dict.fromkeys(("calibration", "cer_by_length", "cer_by_character", "learning_curves"), PNG)
READS = [make_read("a.jpg", "ANNA", "ANNA", 0.9), make_read("b<i>.jpg", "<B>&'\"", "<B>&", 0.2)]
EXAMPLES = {"random": [Example(read, np.full((5, 9), 7, np.uint8)) for read in READS], "best": []}
SHEET_PNGS = dict.fromkeys(SHEETS, PNG)
HISTORY = {"epoch": [1.0], "loss": [1.0], "val_loss": [1.0], "val_cer": [0.5]}
TEXT = st.text("ABC ", max_size=8)


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page(source: str = "synthetic", figures: dict[str, bytes] = FIGURES) -> str:
    described = {"source": source, "splits": {"train": {"rows": 12000}}}
    background = Background(HISTORY, described, {"network": "crnn"}, SHEET_PNGS)
    return render_report(analyse(READS, 20, 1), EXAMPLES, figures, background)


def test_page_is_well_formed_and_needs_nothing_from_elsewhere() -> None:
    html = page()
    found = _Page(html)
    assert found.open == []
    assert not re.search(r"https?://|<script|<link|@import|url\(", html)
    sources = [attributes["src"] for tag, attributes in found.tags if tag == "img"]
    assert len(sources) == 4 + 2 + 3
    for source in sources:
        png = base64.b64decode(source.removeprefix("data:image/png;base64,"))
        assert cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE) is not None


def test_page_says_the_headline_the_reader_and_the_source() -> None:
    text = _Page(page()).text
    assert "50 of 100 images are read without a single error" in text
    assert "crnn" in text
    assert "12,000" in text


def test_every_sheet_stands_in_the_page_with_its_meaning() -> None:
    found = _Page(page())
    meanings = list(SHEETS.values())
    assert [attributes["alt"] for tag, attributes in found.tags if attributes.get("alt") in meanings] == meanings
    assert all(found.text.count(meaning) == 1 for meaning in meanings)


def test_labels_and_names_are_text_and_never_markup() -> None:
    html = page()
    assert "<B>" not in html
    assert "&lt;B&gt;&amp;&#39;&#34;" in html
    assert "b&lt;i&gt;.jpg" in html


def test_only_synthetic_images_come_with_a_warning() -> None:
    assert "These test images are synthetic" in page("synthetic")
    assert "These test images are synthetic" not in page("folder")


def test_groups_without_examples_are_left_out() -> None:
    html = page()
    assert "Picked at random" in html
    assert "Read without an error, with the most confidence." not in html


def test_the_page_is_the_same_each_time() -> None:
    assert page() == page()


def test_a_headline_never_rounds_an_error_away() -> None:
    reads = [make_read("a.jpg", "A", "A", 0.9)] * 999 + [make_read("b.jpg", "A", "B", 0.9)]
    html = render_report(analyse(reads, 5, 1), {}, FIGURES, Background(HISTORY, {}, {}, {}))
    assert "99 of 100 images" in html


@pytest.mark.parametrize(
    ("label", "read", "pieces"),
    [
        ("ANNA", "ANNA", [("same", "ANNA")]),
        ("ANNA", "ANMA", [("same", "AN"), ("wrong", "M"), ("same", "A")]),
        ("ANNA", "ANA", [("same", "AN"), ("missed", "N"), ("same", "A")]),
        ("ANNA", "", [("missed", "ANNA")]),
    ],
)
def test_difference_marks_what_is_wrong_and_what_is_missed(
    label: str, read: str, pieces: list[tuple[str, str]]
) -> None:
    assert difference(label, read) == pieces


@given(TEXT, TEXT)
def test_difference_holds_the_whole_read(label: str, read: str) -> None:
    assert "".join(text for kind, text in difference(label, read) if kind != "missed") == read


@pytest.mark.parametrize(
    ("rate", "shown"), [(0.0, "0.0 %"), (0.0042, "0.42 %"), (0.5678, "56.8 %"), (1.0, "100.0 %"), (None, "none")]
)
def test_percent_shows_small_rates_finely(rate: float | None, shown: str) -> None:
    assert percent(rate) == shown


def test_readable_shortens_long_lists_and_says_how_long_they_are() -> None:
    assert readable(12000) == "12,000"
    assert readable(["a", "b"]) == "a, b"
    assert readable([f"{i}.jpg" for i in range(1200)]) == "1,200: 0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg, …"
    assert readable(None) == "None"


def test_flatten_names_leaves_by_their_path() -> None:
    assert dict(flatten({"a": 1, "b": {"c": [2], "d": {"e": 3}}, "f": {}})) == {"a": 1, "b.c": [2], "b.d.e": 3}


def test_data_uri_carries_the_bytes() -> None:
    assert base64.b64decode(data_uri(PNG).partition(",")[2]) == PNG
