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


@pytest.mark.parametrize("rest", [0.5, 0.2])
def test_a_shadow_makes_no_writing_light(draw, rest):
    shadow = np.linspace(1, rest, 256)
    dark = (draw("ANNA MARIA") * shadow).astype(np.uint8)
    light = ((255 - draw("ANNA MARIA")) * shadow).astype(np.uint8)
    assert not is_light_on_dark(dark)
    assert is_light_on_dark(light)


def test_a_scan_that_lies_in_the_shadow_for_the_most_part_is_dark_on_light(draw):
    image = draw("ANNA MARIA").astype(int)
    image[:, 80:] = image[:, 80:] * 2 // 5
    assert not is_light_on_dark(image.astype(np.uint8))
