import cv2
import numpy as np
import pytest

from inkpipe.inspection.image_facts import image_facts, quantiles


def test_an_image_is_measured_before_and_after_cropping(draw):
    image = cv2.copyMakeBorder(draw("ANNA", 40, 120), 30, 30, 0, 180, cv2.BORDER_CONSTANT, value=255)
    facts = image_facts(7, cv2.imencode(".png", image)[1].tobytes())
    assert (facts.row, facts.width, facts.height, facts.background, facts.fault) == (7, 300, 100, 255, None)
    assert facts.cropped["none"] == (100, 300)
    rows, columns = facts.cropped["margins"]
    assert rows < 30
    assert columns < 90
    assert facts.sized("none", 32, 256) == pytest.approx((32, 96))


def test_inverted_writing_has_a_dark_background(draw):
    facts = image_facts(0, cv2.imencode(".png", 255 - draw("ANNA"))[1].tobytes())
    assert facts.background == 0
    assert facts.ink > 0.9


def test_an_image_that_does_not_decode_says_why():
    facts = image_facts(0, b"no image")
    assert facts.fault.startswith("Not an image")
    assert facts.cropped == {}


def test_quantiles_are_named():
    assert quantiles(np.arange(101)) == {"0 %": 0, "2 %": 2, "50 %": 50, "98 %": 98, "100 %": 100}
    assert quantiles([]) == {}
