from __future__ import annotations

import numpy as np
import pytest

from inkpipe.imaging.features import ZONES
from inkpipe.imaging.hog import HOG_BINS, hog


@pytest.mark.parametrize(
    ("ends", "direction"),
    [(((100, 4), (100, 28)), 0), (((80, 16), (120, 16)), HOG_BINS // 2)],
    ids=["vertical", "horizontal"],
)
def test_the_fullest_bin_is_the_direction_of_the_gradient(stroke, ends, direction):
    by_bin = hog(stroke(*ends)).reshape(ZONES, HOG_BINS, -1)[:, :, 25].astype(int).sum(axis=0)
    assert np.argmax(by_bin) == direction


def test_each_frame_with_ink_is_a_vector_of_length_one(stroke):
    described = hog(stroke((100, 4), (100, 28)))[:, 25]
    assert np.sum((described / 255.0) ** 4) == pytest.approx(1, abs=0.1)
