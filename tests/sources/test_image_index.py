import unicodedata

import pytest

from inkpipe.sources.entries import Entry
from inkpipe.sources.image_index import ImageIndex, normalize_path


@pytest.mark.parametrize("name", ["a/b.jpg", "./a/b.jpg", "a\\b.jpg", "a/./b.jpg", "a//b.jpg", "c/../a/b.jpg"])
def test_all_ways_to_write_a_path_are_one(name):
    assert normalize_path(name) == "a/b.jpg"


def test_accents_are_composed():
    assert normalize_path(unicodedata.normalize("NFD", "zoé.jpg")) == "zoé.jpg"


def test_a_path_that_leads_out_stays_one():
    assert normalize_path("../a.jpg") == "../a.jpg"


def index(*names):
    return ImageIndex([Entry(name, place) for place, name in enumerate(names)])


def name_of(entry):
    return entry and entry.name


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("b.jpg", "a/b.jpg"),  # beside the file that names it
        ("c/b.jpg", "c/b.jpg"),  # from the top of the data
        ("..\\c\\b.jpg", "c/b.jpg"),
        ("/home/me/images/b.jpg", "a/b.jpg"),  # only the name counts
        ("https://archive.example/iiif/B.JPG", "a/b.jpg"),
        ("x.png", None),
        ("b", "a/b.jpg"),  # without its extension
        ("../c/B", "c/b.jpg"),
        ("b.png", None),
    ],
)
def test_the_image_that_a_path_means(path, found):
    assert name_of(index("a/b.jpg", "c/b.jpg", "a/b.txt").named(path, "a")) == found


def test_a_path_never_leads_out_of_the_data():
    assert index("a/b.jpg").named("../../secret.jpg", "a") is None


def test_the_nearest_image_counts_and_of_equally_near_ones_none():
    images = index("one/page.jpg", "two/page.jpg", "page.png")
    assert name_of(images.with_stem("PAGE", "one/alto")) == "one/page.jpg"
    assert name_of(images.with_stem("page", "")) == "page.png"
    assert index("one/page.jpg", "two/page.jpg").with_stem("page", "alto") is None


def test_names_that_differ_in_case_or_unicode_form_are_told_apart_where_they_can_be():
    images = index("A.jpg", "a.jpg", unicodedata.normalize("NFD", "zoé.jpg"))
    assert name_of(images.named("a.jpg", "")) == "a.jpg"
    assert name_of(images.named("x/A.jpg", "")) == "A.jpg"
    assert images.named("zoé.jpg", "") == Entry(unicodedata.normalize("NFD", "zoé.jpg"), 2)
    assert index("A.jpg", "a.jpg").named("x/a.JPG", "") is None
