from __future__ import annotations

import numpy as np
import pytest

from inkpipe.imaging.deskew import deskew, rotate, skew

NAMES = ["MARTIN DUBOIS", "ANNE-SOPHIE", "JEAN", "LILI", "Pygmalion", "O'BRIEN", "VANHOVE"]


@pytest.mark.parametrize("method", ["projection", "min_area_rect"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("angle", [-15, -8.3, -2.5, 4.1, 11, 15])
def test_skew_is_estimated_within_a_degree(write, method, name, angle):
    assert skew(rotate(write(name), angle), method) == pytest.approx(angle, abs=1)


@pytest.mark.parametrize("name", [*NAMES, "EVA", "TOWY"])
def test_a_level_line_has_no_skew(write, name):
    assert skew(write(name), "projection") == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize("name", ["MARTIN DUBOIS", "ANNE-SOPHIE", "JEAN"])
def test_level_capitals_fill_a_level_rectangle(write, name):
    assert skew(write(name), "min_area_rect") == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize("method", ["projection", "min_area_rect"])
def test_positive_skew_rises_to_the_right(method):
    image = np.full((100, 200), 255, np.uint8)
    for x in range(20, 180, 20):  # seven squares on a staircase, 1 up for every 10 to the right
        y = 60 - x // 10
        image[y : y + 10, x : x + 10] = 0
    assert skew(image, method) == pytest.approx(np.degrees(np.arctan(0.1)), abs=1)


@pytest.mark.parametrize("method", ["projection", "min_area_rect"])
def test_deskewed_lines_are_level_and_keep_their_ink(write, method):
    straight = write("MARTIN DUBOIS")
    level = deskew(rotate(straight, 10), method)
    assert skew(level, method) == pytest.approx(0, abs=0.5)
    assert np.sum(255.0 - level) == pytest.approx(np.sum(255.0 - straight), rel=0.03)


def test_rotation_keeps_the_canvas_unless_ink_would_leave_it(write):
    assert rotate(write("A"), 2).shape == (60, 420)
    assert rotate(write("MARTIN DUBOIS"), 10).shape[0] > 60


@pytest.mark.parametrize("method", ["projection", "min_area_rect"])
@pytest.mark.parametrize("level", [0, 120, 255])
def test_an_image_without_text_is_returned_as_it_is(method, level):
    image = np.full((20, 50), level, np.uint8)
    assert deskew(image, method) is image


def test_none_changes_nothing(write):
    assert deskew(image := rotate(write("JEAN"), 5), "none") is image
