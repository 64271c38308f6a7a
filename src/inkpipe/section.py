"""The base class of all sections of params.yaml, and the number types that they share.

It stands below `params`, so that rooms which params.yaml consists of (`rules`, `optimization`) can declare their own
settings.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

Count = Annotated[int, Field(ge=0)]
PositiveCount = Annotated[int, Field(ge=1)]
Fraction = Annotated[float, Field(ge=0, le=1)]
PositiveFloat = Annotated[float, Field(gt=0)]
NonNegativeFloat = Annotated[float, Field(ge=0)]


class Section(BaseModel):
    """A section of params.yaml: frozen, strictly typed, and without room for keys that it does not declare."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def one_of(names: Iterable[str]) -> AfterValidator:
    """A check that a text is one of the names of a registry.

    Args:
        names: the allowed values.

    Returns:
        A validator to annotate a `str` field with.
    """
    allowed = tuple(names)

    def check(value: str) -> str:
        if value not in allowed:
            raise PydanticCustomError("unknown_name", "must be one of {allowed}", {"allowed": ", ".join(allowed)})
        return value

    return AfterValidator(check)
