from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from inkpipe.params import load_params
from inkpipe.params.synthetic import SyntheticParams


@pytest.fixture(scope="module")
def synthetic_params():
    return load_params(Path(__file__).parents[2] / "params.yaml").synthetic


@pytest.mark.parametrize(
    ("section", "parameter", "value", "message"),
    [
        ("writer", "corner_rounding", [0.9, 0.1], "lower bound"),
        ("writer", "corner_rounding", [0.1, 1.1], "less than or equal to 1"),
        ("writer", "pressure_variation", [-0.1, 0.2], "greater than or equal"),
        ("form", "layouts", {"bare": 0.0}, "at least one weight"),
        ("names", "max_length", 40, "less than or equal to 34"),
        ("names", "given_name_probability", 1.5, "less than or equal to 1"),
        ("scan", "blur", [0.0, 0.2], "greater than 0"),
        ("scan", "jpeg_quality", [96, 92], "lower bound"),
        ("scan", "jpeg_quality", [92, 101], "less than or equal to 100"),
        ("scan", "unheard_of", 1, "Extra inputs"),
    ],
)
def test_values_that_make_no_sense_are_refused(synthetic_params, section, parameter, value, message):
    content = synthetic_params.model_dump(mode="json")
    content[section][parameter] = value
    with pytest.raises(ValidationError, match=message):
        SyntheticParams.model_validate(content)


def test_the_defaults_survive_a_round_trip(synthetic_params):
    assert SyntheticParams.model_validate(synthetic_params.model_dump(mode="json")) == synthetic_params
