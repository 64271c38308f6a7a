from __future__ import annotations

import numpy as np
import pytest

from inkpipe.imaging.ink import bounding_box
from inkpipe.imaging.transform import transform


def test_the_identity_changes_nothing(write):
    np.testing.assert_array_equal(transform(write("MARTIN"), np.eye(2)), write("MARTIN"))


def test_a_half_turn_is_about_the_center(write):
    np.testing.assert_array_equal(transform(write("MARTIN"), -np.eye(2)), write("MARTIN")[::-1, ::-1])


def test_the_canvas_keeps_its_size_while_all_ink_fits(canvas):
    assert transform(canvas().block(95, 25, 10, 10).image, 2 * np.eye(2)).shape == (60, 200)


def test_the_canvas_grows_where_ink_would_leave_it(canvas):
    image = canvas().block(0, 25, 200, 10).image
    wider = transform(image, np.array([[2, 0], [0, 1]]))
    assert wider.shape[0] == 60
    assert wider.shape[1] == pytest.approx(400, abs=4)
    assert np.sum(255.0 - wider) == pytest.approx(2 * np.sum(255.0 - image), rel=0.01)
    assert bounding_box(wider)[1::2] == (25, 35)


@pytest.mark.parametrize("level", [0, 130, 255])
def test_an_image_without_ink_is_returned_as_it_is(level):
    image = np.full((20, 50), level, np.uint8)
    assert transform(image, 3 * np.eye(2)) is image
