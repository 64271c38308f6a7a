import cv2
import numpy as np
import pytest

from inkpipe.cutting import local_background


def written(level, ink):
    """A page whose background darkens from left to right, full of writing."""
    page = np.tile(np.linspace(level, level - 40, 1600), (1200, 1)).astype(np.uint8)
    clean = page.copy()
    for row in range(60, 1200, 60):
        cv2.putText(
            page,
            "handwriting on a page, with more words than fit",
            (20, row),
            cv2.FONT_HERSHEY_SIMPLEX,
            1.4,
            ink,
            4,
        )
    return page, clean


@pytest.mark.parametrize(("level", "ink"), [(230, 30), (110, 240)], ids=["dark ink", "light ink"])
def test_the_background_is_found_whatever_the_polarity(level, ink):
    page, clean = written(level, ink)
    difference = local_background(page).astype(int) - clean
    assert np.abs(difference).mean() < 4
    assert np.abs(difference).max() < 25


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (601, 799)])
def test_pages_of_any_size_keep_it(shape):
    background = local_background(np.full(shape, 77, np.uint8))
    assert background.dtype == np.uint8
    assert (background == np.full(shape, 77)).all()
