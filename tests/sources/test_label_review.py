import unicodedata

import pytest

from inkpipe.sources import listing
from inkpipe.sources.label_review import LabelReview
from inkpipe.sources.listing import Listing


def review(label):
    noticed = Listing()
    return LabelReview("train", noticed).corrected("a.png", label), list(noticed.counts())


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("&lt;3 &quot;x&quot; &#39;y&#39; &#xe9;", "<3 \"x\" 'y' é"),
        ("&amp;amp;", "&amp;"),
    ],
)
def test_html_entities_become_characters_and_are_listed(label, text):
    assert review(label) == (text, [listing.HTML_ENTITY])


@pytest.mark.parametrize("label", ["A & B", "R&D;", "&unknown;", "", None, " ", "Été", "Ὀδυσσεύς", "😀", "a\u200bb"])
def test_other_labels_are_left_alone(label):
    assert review(label) == (label, [])


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        (unicodedata.normalize("NFD", "Été"), listing.NOT_COMPOSED),
        ("שלום", listing.RIGHT_TO_LEFT),
        ("1858 مرحبا", listing.RIGHT_TO_LEFT),
        ("one\ntwo", listing.LINE_BREAK),
    ],
)
def test_what_needs_a_look_is_listed_and_left(label, reason):
    assert review(label) == (label, [reason])
