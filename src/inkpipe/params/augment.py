"""`augment`: distortions of training images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import ValidationInfo, field_validator

from inkpipe.section import Fraction, NonNegativeFloat, Section


@dataclass(frozen=True)
class AtMost:
    """The largest magnitude that params.yaml may give a distortion. Beyond it a letter can become another or vanish.

    Attributes:
        magnitude: in the unit.
        unit: of the distortion's magnitudes.
    """

    magnitude: float
    unit: str


class DistortionParams(Section):
    """How often a distortion is applied, and how strongly.

    Attributes:
        probability: that an image gets the distortion, 0 .. 1.
        magnitude: the strongest distortion that an image then gets, in the unit of its `AtMost`.
    """

    probability: Fraction
    magnitude: NonNegativeFloat


class AugmentParams(Section):
    """`augment`: whether and how often training images are distorted, and a line for each distortion.

    Attributes:
        enabled: whether they are.
        frequency: factor on the probability of each distortion; a product above 1 counts as 1.
    """

    enabled: bool
    frequency: NonNegativeFloat
    rotation: Annotated[DistortionParams, AtMost(15, "degrees")]
    scaling: Annotated[DistortionParams, AtMost(0.5, "of the text's size")]
    translation: Annotated[DistortionParams, AtMost(512, "pixels")]
    slant: Annotated[DistortionParams, AtMost(30, "degrees")]
    elastic: Annotated[DistortionParams, AtMost(4, "pixels")]
    jitter: Annotated[DistortionParams, AtMost(2, "pixels")]
    horizontal_stretch: Annotated[DistortionParams, AtMost(0.6, "of a letter's width")]
    pressure: Annotated[DistortionParams, AtMost(1, "pixels on each side of a stroke")]
    stroke_gaps: Annotated[DistortionParams, AtMost(64, "gaps")]
    ink_bleed: Annotated[DistortionParams, AtMost(64, "blots")]
    erasing: Annotated[DistortionParams, AtMost(32, "pixels a side")]
    form_clutter: Annotated[DistortionParams, AtMost(64, "pixels from the border")]
    specks: Annotated[DistortionParams, AtMost(256, "specks")]
    blur: Annotated[DistortionParams, AtMost(3, "pixels, standard deviation")]
    contrast: Annotated[DistortionParams, AtMost(0.9, "of the ink's darkness")]
    jpeg: Annotated[DistortionParams, AtMost(95, "of 100 lost")]

    @field_validator("*")
    @classmethod
    def _readable(cls, value: DistortionParams | float | bool, info: ValidationInfo) -> DistortionParams | float | bool:
        """Refuse a magnitude that would make letters unreadable."""
        if isinstance(value, DistortionParams):
            name = str(info.field_name)
            if value.magnitude > (limit := LIMITS[name].magnitude):
                raise ValueError(
                    f"augment.{name}.magnitude: at most {limit:g}, or letters become unreadable. "
                    f"Received: {value.magnitude:g}"
                )
        return value


LIMITS: Mapping[str, AtMost] = {  # of each distortion
    name: limit
    for name, field in AugmentParams.model_fields.items()
    for limit in field.metadata
    if isinstance(limit, AtMost)
}
