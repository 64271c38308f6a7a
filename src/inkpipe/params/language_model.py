"""`language_model`: what the decoder knows of texts, besides the image."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from inkpipe.section import PositiveCount, PositiveFloat, Section


class LanguageModelParams(Section):
    """`language_model`: the character n-grams of the training labels. params.yaml explains each parameter."""

    order: PositiveCount
    smoothing: Literal["witten_bell"]
    text: str | None = Field(min_length=1)
    text_weight: PositiveFloat
