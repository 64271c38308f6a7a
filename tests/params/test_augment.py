from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from inkpipe.errors import InkpipeError
from inkpipe.params import parse_params
from inkpipe.params.augment import LIMITS, AugmentParams

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def content():
    return yaml.safe_load((PROJECT / "params.yaml").read_text())


def test_a_magnitude_that_is_too_large_is_named(content):
    section = {
        **content["augment"],
        "enabled": True,
        "frequency": 1.0,
        "slant": {"probability": 0.5, "magnitude": 80.0},
    }
    with pytest.raises(ValueError, match=r"augment\.slant\.magnitude: at most 30.*80"):
        AugmentParams.model_validate(section)


def test_the_largest_magnitudes_are_allowed():
    largest = {name: {"probability": 1.0, "magnitude": limit.magnitude} for name, limit in LIMITS.items()}
    params = AugmentParams.model_validate({"enabled": True, "frequency": 1.0, **largest})
    assert params.jpeg.magnitude == 95


def test_params_yaml_is_held_to_the_limits(content):
    assert parse_params(content).augment.rotation.magnitude <= LIMITS["rotation"].magnitude
    content["augment"]["jpeg"]["magnitude"] = 99.0
    with pytest.raises(InkpipeError, match=r"augment\.jpeg\.magnitude: at most 95"):
        parse_params(content)


def test_all_magnitudes_that_are_too_large_are_named_at_once(content):
    content["augment"]["jpeg"]["magnitude"] = 99.0
    content["augment"]["blur"]["magnitude"] = 3.5
    with pytest.raises(InkpipeError, match=r"2 fault\(s\)(.|\n)*augment\.blur\.mag.*3\.5(.|\n)*augment\.jpeg\.mag.*99"):
        parse_params(content)


@pytest.mark.parametrize("name", ["probability", "magnitude"])
def test_a_negative_value_is_named(content, name):
    content["augment"]["blur"][name] = -0.1
    with pytest.raises(InkpipeError, match=rf"augment\.blur\.{name}: .*Received: -0\.1"):
        parse_params(content)
