import numpy as np
import pytest

from inkpipe.imaging.polarity import is_light_on_dark, make_dark_on_light


def test_light_writing_on_dark_becomes_dark_on_light(draw):
    image = draw("ANNA")
    np.testing.assert_array_equal(make_dark_on_light(255 - image, "auto"), image)


def test_dark_writing_stays_as_it_is(draw):
    image = draw("ANNA")
    assert make_dark_on_light(image, "auto") is image
    assert make_dark_on_light(255 - image, "none")[0, 0] == 0


@pytest.mark.parametrize("level", [90, 150, 255])
def test_a_gray_background_is_no_dark_one(draw, level):
    assert not is_light_on_dark((draw("ANNA").astype(int) * level // 255).astype(np.uint8))


def test_a_blueprint_is_light_on_dark(draw):
    assert is_light_on_dark((90 + (255 - draw("ANNA").astype(int)) // 2).astype(np.uint8))


def test_an_even_image_is_neither():
    assert not is_light_on_dark(np.full((32, 100), 20, np.uint8))
