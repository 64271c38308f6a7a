from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from inkpipe.params.synthetic import SyntheticParams


@pytest.mark.parametrize(
    ("section", "knob", "value", "says"),
    [
        ("writer", "rounding", [0.9, 0.1], "lower bound"),
        ("writer", "pressure", [-0.1, 0.2], "greater than or equal"),
        ("form", "layouts", {"bare": 0.0}, "at least one weight"),
        ("names", "longest", 40, "less than or equal to 34"),
        ("names", "given_share", 1.5, "less than or equal to 1"),
        ("scan", "unheard_of", 1, "Extra inputs"),
    ],
)
def test_values_that_make_no_sense_are_refused(
    synthetic_params: SyntheticParams, section: str, knob: str, value: Any, says: str
) -> None:
    content = synthetic_params.model_dump(mode="json")
    content[section][knob] = value
    with pytest.raises(ValidationError, match=says):
        SyntheticParams.model_validate(content)


def test_the_defaults_survive_a_round_trip(synthetic_params: SyntheticParams) -> None:
    assert SyntheticParams.model_validate(synthetic_params.model_dump(mode="json")) == synthetic_params
