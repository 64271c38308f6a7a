from __future__ import annotations

import numpy as np
import pytest

from inkpipe.imaging.deslant import deslant, shear, slant

NAMES = ["MARTIN DUBOIS", "ANNE-SOPHIE", "JEAN", "LILI", "Pygmalion", "O'BRIEN", "FATOUMATA"]


@pytest.mark.parametrize("font", [0, 2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_slant_is_estimated_within_three_degrees(write, name, font):
    errors = [slant(shear(write(name, font=font), angle)) - angle for angle in range(-30, 31, 6)]
    assert np.abs(errors).max() <= 3


def test_positive_slant_leans_right():
    image = np.full((60, 120), 255, np.uint8)
    for row in range(10, 50):
        for start in (30, 60, 90):
            column = start - row // 4  # upper end to the right: 1 px for every 4 down
            image[row, column : column + 3] = 0
    assert slant(image) == pytest.approx(np.degrees(np.arctan(0.25)), abs=3)


def test_deslanted_letters_stand_upright_and_keep_their_ink(write):
    upright = write("MARTIN")
    again = deslant(shear(upright, 20), "vinciarelli")
    assert slant(again) == pytest.approx(0, abs=3)
    assert np.sum(255.0 - again) == pytest.approx(np.sum(255.0 - upright), rel=0.03)


@pytest.mark.parametrize("level", [0, 255])
def test_a_blank_image_stays_as_it_is(level):
    image = np.full((20, 50), level, np.uint8)
    np.testing.assert_array_equal(deslant(image, "vinciarelli"), image)


def test_none_changes_nothing(write):
    assert deslant(image := shear(write("JEAN"), 20), "none") is image
