import unicodedata

import pytest

from inkpipe.sources.entries import Entry
from inkpipe.sources.layouts import LAYOUTS
from inkpipe.sources.layouts.layout import ambiguous, normalize_path


@pytest.mark.parametrize("name", ["a/b.jpg", "./a/b.jpg", "a\\b.jpg", "a/./b.jpg", "a//b.jpg", "c/../a/b.jpg"])
def test_all_ways_to_write_a_path_are_one(name):
    assert normalize_path(name) == "a/b.jpg"


def test_accents_are_composed():
    assert normalize_path(unicodedata.normalize("NFD", "zoé.jpg")) == "zoé.jpg"


def test_a_path_that_leads_out_stays_one():
    assert normalize_path("../a.jpg") == "../a.jpg"


def test_ambiguous_label_files_are_named():
    error = ambiguous([Entry("a/labels.csv", 0), Entry("b/labels.csv", 1)], "Keep one.")
    assert str(error) == "More than one file could hold the labels. Received: a/labels.csv, b/labels.csv. Keep one."


def test_of_many_ambiguous_label_files_the_first_are_named():
    error = ambiguous([Entry(f"{number}.csv", number) for number in range(6)], "Keep one.")
    assert "Received: 0.csv, 1.csv, 2.csv, 3.csv, 4.csv, .... Keep one." in str(error)


def test_layouts_have_names_of_their_own():
    assert sorted(layout.name for layout in LAYOUTS) == ["kaggle", "plain"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_layout_is_found_where_there_is_no_label_file(layout):
    assert layout.find([]) is None
    assert layout.find([Entry("a.jpg", 0), Entry("train_v2/train/b.jpg", 1), Entry("names.csv", 2)]) is None
