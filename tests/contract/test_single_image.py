from pathlib import Path

import numpy as np
import pytest

from inkpipe.contract.measurements import measure_images
from inkpipe.contract.single_image import image_violations, measure_ink
from inkpipe.data.corpus import Sample
from inkpipe.params import load_params
from inkpipe.rules.images import DEFAULT_PICTURE_RULES, PICTURE_RULES

PARAMS = Path(__file__).parents[2] / "params.yaml"


@pytest.fixture
def pictures(draw):
    return {
        "fine": draw("CAB"),
        "negative": 255 - draw("CAB"),
        "blank": np.full((32, 256), 255, np.uint8),
        "faint": np.where(draw("CAB") < 128, 230, 255).astype(np.uint8),
        "tiny": draw("CAB", 7, 20),
        "tower": np.pad(draw("C", 32, 40), ((0, 400), (0, 0)), constant_values=255),
    }


VIOLATED = {"fine": [], "negative": ["ink_fraction"], "blank": ["ink_fraction"], "faint": ["ink_fraction"]}
VIOLATED |= {"tiny": ["image_size", "ink_fraction"], "tower": ["aspect"]}


@pytest.mark.parametrize("name", VIOLATED)
def test_an_image_violates_the_rules_that_its_picture_shows(name, pictures, jpeg):
    names = [violation.rule.name for violation in image_violations(jpeg(pictures[name]), DEFAULT_PICTURE_RULES)]
    assert [rule for rule in names if rule in VIOLATED[name]] == names
    assert bool(names) == bool(VIOLATED[name])


def test_a_violation_has_the_words_and_the_advice_of_its_rule(pictures, jpeg):
    (violation,) = image_violations(jpeg(pictures["blank"]), DEFAULT_PICTURE_RULES)
    assert str(violation) == (
        "ink_fraction: 0.0000 ink, contrast 0. Expected: 0.0005 to 0.6 of the pixels ink, 40 gray levels of contrast."
    )
    assert violation.advice == (
        "Give dark writing on a light background, or change .min, .max or .min_contrast. (validate.rules.ink_fraction)"
    )


def test_an_image_that_does_not_decode_violates_no_rule_on_its_picture():
    assert image_violations(b"junk", DEFAULT_PICTURE_RULES) == []


def test_the_measurements_are_those_of_the_whole_corpus(pictures, write_corpus, in_this_process, jpeg):
    samples = [Sample(name, "A", jpeg(picture)) for name, picture in pictures.items()]
    measured = measure_images(write_corpus({"train": samples, "validation": [], "test": []}), "local")
    tiny = list(pictures).index("tiny")  # not decoded at reduced size
    ink = measure_ink(pictures["blank"])
    assert (ink.fraction, ink.contrast, ink.lightest) == (0, 0, 255)
    assert (measured.width[tiny], measured.height[tiny]) == (20, 7)


def test_the_default_rules_are_those_of_the_repository():
    rules = load_params(PARAMS).validate_.rules
    assert list(DEFAULT_PICTURE_RULES) == [rules[rule] for rule in PICTURE_RULES]
