"""The pages for people."""

import html
import re

import cv2
import numpy as np
import pytest

from inkpipe.contract import page
from inkpipe.contract.page import LARGEST, render_page, write_docs
from inkpipe.files import write_json


@pytest.fixture
def docs(tmp_path, write_corpus, outcome_of):
    """Validate rows by split, with some parameters changed, and write the pages; their folder."""

    def write(rows, **values):
        corpus = write_corpus(rows)
        write_docs(tmp_path / "docs", outcome_of(corpus, **values), corpus)
        return tmp_path / "docs"

    return write


def text(page):
    """A page without its tags."""
    return html.unescape(re.sub(r"<.*?>|\s+", " ", page))


def test_the_pages_load_nothing_and_show_labels_as_text(docs, clean_rows):
    clean_rows["train"][0] = clean_rows["train"][0]._replace(label="<b>X", filename="<b>X.jpg")
    clean_rows["train"][1] = clean_rows["train"][1]._replace(label="EMPTY", filename="<b>X.jpg")
    values = {"label_characters__extra": "<>", "unique_filenames__action": "warn"}
    folder = docs(clean_rows, **{f"validate__rules__{name}": value for name, value in values.items()})
    for name in ("index.html", "great_expectations.html"):
        content = (folder / name).read_text()
        assert not re.search(r"""(src|href)=["'](https?:)?//""", content), name
        assert "<b>X" not in content
        assert "&lt;b&gt;X" in content
    assert re.search(r"Evaluated Expectations\s+13\s+Successful Expectations\s+12\s", text(content))
    content = (folder / "index.html").read_text()
    assert content.count("data:image/png;base64,") == 8 + 1  # the first rows and a quarantined one
    assert content.count("data:image/svg+xml;base64,") == 4


def test_the_page_has_a_line_for_each_rule_with_its_violations(docs, clean_rows):
    clean_rows["train"][1] = clean_rows["train"][1]._replace(label="EMPTY")
    content = (docs(clean_rows) / "index.html").read_text()
    assert "The data contract holds" in content
    assert content.count('<span class="verdict ') == 21
    assert re.search(
        r"label_usable\s+quarantined\s+3.3 %\s+1 of 30 rows\s+a label other than UNREADABLE, EMPTY", text(content)
    )
    assert "train/train_01.jpg ('EMPTY')" in text(content)
    assert "label_usable: 1</h3>" in content


def test_the_page_says_if_the_contract_does_not_hold(docs, clean_rows):
    clean_rows["test"] = []
    content = (docs(clean_rows) / "index.html").read_text()
    assert "The data contract does not hold" in content
    assert '<span class="verdict stopped">stopped</span>' in content


def test_rare_characters_are_named(docs, clean_rows):
    clean_rows["train"][0] = clean_rows["train"][0]._replace(label="A B")
    content = (docs(clean_rows, validate__rules__character_count__min=2) / "index.html").read_text()
    assert '<span class="rare">space</span> (1).' in content
    assert (
        '<span class="rare">'
        not in (docs(clean_rows, validate__rules__character_count__min=1) / "index.html").read_text()
    )


def test_skipped_files_are_listed_by_reason(docs, clean_rows, tmp_path):
    lost = [{"filename": f"lost_{n:02}.jpg", "split": "train", "label": "<b>X", "line": n} for n in range(20)]
    skipped = {
        "image without label": {"count": 2, "first": [{"filename": "stray.png"}, {"filename": "odd.jp2"}]},
        "label without image": {"count": 1020, "first": lost},
    }
    (tmp_path / "data/raw").mkdir(parents=True)
    write_json(tmp_path / "data/raw/source.json", {"skipped": skipped})
    content = (docs(clean_rows) / "index.html").read_text()
    assert "label without image: 1,020</h3>" in content
    assert '<td>train</td><td class="fixed"><code>lost_11.jpg</code></td><td>&lt;b&gt;X</td>' in content
    assert "lost_12.jpg" not in content
    assert "<code>stray.png</code>" in content
    assert "2 images or lines have no label yet" in content


def test_what_was_noticed_is_listed(docs, clean_rows, tmp_path):
    first = [{"filename": "a/l1", "label": "A &amp; B", "detail": "<b>why"}]
    (tmp_path / "data/raw").mkdir(parents=True)
    write_json(tmp_path / "data/raw/source.json", {"noticed": {"tiny line": {"count": 3, "first": first}}})
    content = (docs(clean_rows) / "index.html").read_text()
    assert "<h2>Noticed at download</h2>" in content
    assert "tiny line: 3</h3>" in content
    assert "<td>A &amp;amp; B</td>" in content
    assert "<td>&lt;b&gt;why</td>" in content
    assert "Files skipped" not in content
    assert "Not transcribed" not in content


def test_pictures_of_a_rule_are_spread_over_all_its_rows(write_corpus, outcome_of, clean_rows, monkeypatch):
    for row in range(3, 18):
        clean_rows["train"][row] = clean_rows["train"][row]._replace(label="EMPTY")
    clean_rows["test"][1] = clean_rows["test"][1]._replace(label="EMPTY")
    monkeypatch.setattr(page, "EXAMPLES", 4)
    corpus = write_corpus(clean_rows)
    content = render_page(outcome_of(corpus), corpus)
    gallery = content[content.index('<div class="gallery">') :]
    assert re.findall(r"(?:train|test)/\w+.jpg", gallery) == [
        "train/train_03.jpg",
        "train/train_08.jpg",
        "train/train_13.jpg",
        "test/test_01.jpg",
    ]


def test_an_image_that_does_not_decode_is_named(docs, clean_rows):
    clean_rows["train"][1] = clean_rows["train"][1]._replace(image=b"no image")
    content = (docs(clean_rows) / "index.html").read_text()
    assert content.count("data:image/png;base64,") == 7
    assert content.count("does not decode") == 2  # among the first rows and among the quarantined ones


def test_a_thumbnail_keeps_the_aspect(jpeg):
    png = page._thumbnail(jpeg(np.full((100, 1000), 255, np.uint8)))
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image.shape == (48, LARGEST[0])
