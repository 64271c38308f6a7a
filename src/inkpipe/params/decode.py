"""`decode`: from the network's output to texts. The trained model carries these settings with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator
from pydantic_core import PydanticCustomError

from inkpipe.section import Count, PositiveCount, Section

Auto = Literal["auto"]  # the value is fitted on the validation images, once the network is trained


def _auto_or_number(limit: str, least: float) -> PlainValidator:
    """A check that a value is `auto` or a number from `least` on. A union would name two faults for one."""

    def check(value: Any) -> float | Auto:
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if value != "auto" and not (number and value >= least):
            raise PydanticCustomError("auto_or_number", "must be auto or {limit}", {"limit": limit})
        return "auto" if value == "auto" else float(value)

    return PlainValidator(check)


FITTED = ("lm_weight", "length_bonus", "temperature")  # the settings that may be `auto`
# Settings for models that were saved before these parameters existed: they decode as before.
EARLIER: Mapping[str, Any] = {
    "method": "greedy",
    "width": 10,
    "lm_weight": 0.0,
    "length_bonus": 0.0,
    "lexicon": None,
    "alternatives": 1,
    "temperature": 1.0,
}


class DecodeParams(Section):
    """`decode`: the decoder. params.yaml explains each parameter.

    In a trained model no value is `auto` any more, and `lexicon` is the name of a file beside the model.
    """

    method: Literal["greedy", "beam"]
    width: PositiveCount
    lm_weight: Annotated[float | Auto, _auto_or_number("a number >= 0", 0)]
    length_bonus: Annotated[float | Auto, _auto_or_number("a number", -math.inf)]
    lexicon: str | None = Field(min_length=1)
    alternatives: Count
    temperature: Annotated[float | Auto, _auto_or_number("a number >= 0.01", 0.01)]

    def fitted_as(self, other: DecodeParams) -> DecodeParams:
        """Take from other settings of the same method what is `auto` here.

        Args:
            other: of a trained model.
        """
        if other.method != self.method:
            return self
        return self.model_copy(update={name: getattr(other, name) for name in self.unfitted})

    @property
    def unfitted(self) -> list[str]:
        """The names of the numbers that are still to be fitted: greedy decoding has a temperature alone."""
        used = FITTED if self.method == "beam" else ("temperature",)
        return [name for name in used if getattr(self, name) == "auto"]

    def describe(self) -> str:
        """The method and its numbers, in a phrase."""
        temperature = f"temperature {self.heat:g}"
        if self.method == "greedy":
            return f"greedy decoding, {temperature}"
        return (
            f"{self.method} decoding of width {self.width}, language model weight {self.weight:g}, "
            f"length bonus {self.bonus:g}, {temperature}"
        )

    @property
    def weight(self) -> float:
        """The weight of the language model; 0 until it is fitted."""
        return 0.0 if self.lm_weight == "auto" else self.lm_weight

    @property
    def bonus(self) -> float:
        """What each character adds to the score of a text; 0 until it is fitted."""
        return 0.0 if self.length_bonus == "auto" else self.length_bonus

    @property
    def heat(self) -> float:
        """The temperature of confidences; 1 until it is fitted."""
        return 1.0 if self.temperature == "auto" else self.temperature
