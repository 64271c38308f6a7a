"""`promote`: when a new model becomes the champion."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from inkpipe.section import NonNegativeFloat, PositiveCount, PositiveFloat, Section

Factor = Annotated[float, Field(ge=1)]


class PromoteParams(Section):
    """`promote`: when a new model becomes the champion.

    Attributes:
        model_name: the name in the MLflow registry: letters, digits, `_`, `.` and `-`.
        min_improvement: the lower bound of the improvement over the champion must exceed this, in CER, 0 upwards.
        level: the certainty of that bound and of the slices' bounds, 0.5 to 1.
        resamples: sets of images behind the bounds.
        max_cer: the highest CER of a champion.
        min_images: the smallest number of test images that a champion is judged by.
        max_slice_regression: by how much the CER of a slice may certainly be higher than the champion's.
        max_size_factor: how many times as large as the champion's files the model's may be; None does not check.
        max_latency_factor: how many times the champion's time an image may take; None does not measure.
        if_champion_fails: what to do if the champion cannot be run.
    """

    model_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    min_improvement: NonNegativeFloat
    level: Annotated[float, Field(ge=0.5, lt=1)]
    resamples: PositiveCount
    max_cer: PositiveFloat
    min_images: PositiveCount
    max_slice_regression: NonNegativeFloat
    max_size_factor: Factor | None
    max_latency_factor: Factor | None
    if_champion_fails: Literal["stop", "keep", "replace"]
