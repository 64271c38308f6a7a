"""Comparisons of two models, from the edits of each image alone."""

import numpy as np
import pytest

from inkpipe.promotion.comparison import Comparison, MeasuredModel
from inkpipe.promotion.paired_bootstrap import Resampling


def compared(candidate, champion=None, length=10, **values):
    """A comparison of models with these edits for each image, whose labels have `length` characters."""

    def model(digest, edits, size=1000):
        return MeasuredModel(digest, np.array(edits), np.linspace(0, 1, len(edits)), size)

    sizes = values.pop("sizes", (1000, 1000))
    before = None if champion is None else model("old", champion, sizes[1])
    return Comparison(["A" * length] * len(candidate), model("new", candidate, sizes[0]), before, **values)


@pytest.fixture
def compare():
    return compared


@pytest.fixture
def resampling():
    return Resampling(level=0.95, resamples=500, seed=1)
