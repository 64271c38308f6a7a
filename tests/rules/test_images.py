import numpy as np

from inkpipe.rules.checks import Between, InSet
from inkpipe.rules.images import Aspect, ImageDecodes, ImageSize, InkFraction


def test_an_image_must_decode(make_rule, context):
    rule = make_rule(ImageDecodes)
    assert rule.checks(context) == (InSet("decodes", (True,)),)
    assert rule.evidence({"fault": "Not an image."}) == "Not an image."


def test_width_and_height_are_checked_apart(make_rule, context):
    rule = make_rule(ImageSize, max_width=300)
    assert rule.checks(context) == (Between("width", 8, 300), Between("height", 8, 1024))
    assert rule.expectation(context) == "8-300 x 8-1024 pixels"


def test_the_aspect_is_width_over_height_and_unknown_without_an_image(make_rule, context):
    (fact,) = make_rule(Aspect).facts()
    aspects = fact.of({"width": np.float32([200, np.nan]), "height": np.float32([40, np.nan])})
    np.testing.assert_array_equal(aspects, [5, np.nan])
    assert make_rule(Aspect, min=0.5).checks(context) == (Between(fact.column, 0.5, 50.0),)


def test_ink_has_two_limits_and_contrast_one(make_rule, context):
    rule = make_rule(InkFraction, min=0.1)
    assert rule.checks(context) == (Between("ink", 0.1, 0.6), Between("contrast", 40, None))
    assert rule.evidence({"ink": 0.70004, "contrast": 12.0}) == "0.7000 ink, contrast 12"
