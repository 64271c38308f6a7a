import base64
import re

import jinja2
import pytest

from inkpipe.pages import render
from inkpipe.pages.environment import _environment, data_uri, percent, readable

PNG = b"\x89PNG\r\n\x1a\n"
WEBP = b"RIFF\x00\x00\x00\x00WEBP"


@pytest.mark.parametrize(
    ("fraction", "text"), [(0.0, "0.0 %"), (0.0042, "0.42 %"), (0.5678, "56.8 %"), (1.0, "100.0 %"), (None, "none")]
)
def test_percent_gives_small_fractions_another_decimal(fraction, text):
    assert percent(fraction) == text


def test_readable_shortens_long_lists_and_names_their_length():
    assert readable(12000) == "12,000"
    assert readable(["a", "b"]) == "a, b"
    assert readable([f"{i}.jpg" for i in range(1200)]) == "1,200: 0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg, …"
    assert readable(None) == "None"


def test_readable_writes_booleans_as_words():
    assert (readable(True), readable(False)) == ("yes", "no")


def test_data_uri_holds_the_bytes():
    assert base64.b64decode(data_uri(PNG).removeprefix("data:image/png;base64,")) == PNG
    assert base64.b64decode(data_uri(b"<svg/>").removeprefix("data:image/svg+xml;base64,")) == b"<svg/>"
    assert base64.b64decode(data_uri(WEBP).removeprefix("data:image/webp;base64,")) == WEBP


def test_base_page_is_a_skeleton_with_the_style_sheet_and_nothing_from_elsewhere():
    html = render("base.html")
    assert html.startswith("<!doctype html>")
    assert html.count("<style>") == 1
    assert ".card { background" in html
    assert not re.search(r"https?://|<script|<link|@import|url\(", html)


@pytest.mark.parametrize("template", ["report.html", "contract.html"])
def test_both_pages_extend_the_base_and_have_no_style_sheet_of_their_own(template):
    source, _, _ = _environment().loader.get_source(_environment(), template)
    assert source.startswith('{% extends "base.html" %}')
    assert "<style" not in source


def test_content_is_escaped_and_filters_are_at_hand():
    template = _environment().from_string("{{ text }} {{ rate|percent }} {{ n|readable }} {{ png|data_uri }}")
    html = template.render(text="<b>&", rate=0.5, n=1000, png=PNG)
    assert html == f"&lt;b&gt;&amp; 50.0 % 1,000 {data_uri(PNG)}"


def test_a_name_that_the_context_lacks_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        render("report.html")


def test_an_unknown_template_is_an_error():
    with pytest.raises(jinja2.TemplateNotFound):
        render("nothing.html")
