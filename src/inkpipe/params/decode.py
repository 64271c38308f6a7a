"""`decode`: from the network's output to texts. The trained model carries these settings with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from inkpipe.section import Count, NonNegativeFloat, PositiveCount, PositiveFloat, Section

Auto = Literal["auto"]  # the value is fitted on the validation images, once the network is trained

# The settings of a model that was saved before they existed: they decode as it did then.
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
    lm_weight: NonNegativeFloat | Auto
    length_bonus: float | Auto
    lexicon: str | None = Field(min_length=1)
    alternatives: Count
    temperature: PositiveFloat | Auto

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
