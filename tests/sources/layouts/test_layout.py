from typing import get_args

import pytest
from tests.sources.memory import find

from inkpipe.params.data import LayoutName
from inkpipe.sources.entries import Entry
from inkpipe.sources.layouts import LAYOUTS
from inkpipe.sources.layouts.layout import ambiguous


def test_ambiguous_label_files_are_named():
    error = ambiguous([Entry("a/labels.csv", 0), Entry("b/labels.csv", 1)], "Keep one.")
    assert str(error) == "More than one file could hold the labels. Received: a/labels.csv, b/labels.csv. Keep one."


def test_of_many_ambiguous_label_files_the_first_are_named():
    error = ambiguous([Entry(f"{number}.csv", number) for number in range(6)], "Keep one.")
    assert "Received: 0.csv, 1.csv, 2.csv, 3.csv, 4.csv, .... Keep one." in str(error)


def test_every_layout_can_be_chosen_by_its_name():
    assert tuple(layout.name for layout in LAYOUTS) == get_args(LayoutName)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_layout_is_found_where_there_is_no_label_file(layout):
    assert find(layout, []) is None
    assert find(layout, ["a.jpg", "train_v2/train/b.jpg", "names.csv"]) is None
