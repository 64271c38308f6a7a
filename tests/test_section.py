from typing import Annotated

import pytest
from pydantic import ValidationError

from inkpipe.section import Section, one_of


class Settings(Section):
    color: Annotated[str, one_of({"red": 1, "blue": 2})]
    depth: float = 1.0


def test_a_name_of_the_registry_is_taken_and_another_one_is_answered_with_all_names():
    assert Settings(color="blue").color == "blue"
    with pytest.raises(ValidationError, match="must be one of red, blue"):
        Settings(color="green")


def test_a_section_is_frozen_and_refuses_unknown_keys_other_types_and_infinity():
    settings = Settings(color="red")
    with pytest.raises(ValidationError, match="frozen"):
        settings.color = "blue"
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Settings(color="red", size=3)
    with pytest.raises(ValidationError, match="float_type"):
        Settings(color="red", depth="deep")
    with pytest.raises(ValidationError, match="finite_number"):
        Settings(color="red", depth=float("inf"))
