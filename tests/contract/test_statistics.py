import numpy as np
import pandas as pd

from inkpipe.contract import statistics
from inkpipe.contract.statistics import split_statistics

TABLE = pd.DataFrame(
    {
        "split": ["train", "train", "train", "test"],
        "label": ["AB", "A", None, "C"],
        "width": [10.0, 20.0, np.nan, 10.0],
        "height": [5.0, 5.0, np.nan, 5.0],
    }
)


def test_statistics_count_the_accepted_rows_of_each_split():
    by_split = split_statistics(TABLE, np.array([True, True, False, True]), np.array([False, False, True, False]))
    assert by_split["train"] == (3, 1, 2, {"A": 2, "B": 1}, {1: 1, 2: 1}, {10: 1, 20: 1}, {5: 2})
    assert list(by_split) == ["train", "validation", "test"]
    assert by_split["validation"].rows == by_split["validation"].accepted == 0
    assert by_split["test"].characters == {"C": 1}


def test_statistics_are_the_same_in_small_parts(monkeypatch):
    rows = (np.array([True, True, False, True]), np.zeros(4, bool))
    whole = split_statistics(TABLE, *rows)
    monkeypatch.setattr(statistics, "LABELS_AT_ONCE", 1)
    assert split_statistics(TABLE, *rows) == whole
