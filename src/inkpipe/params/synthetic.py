"""`data.synthetic`: how many images the simulator draws, and from which distributions.

A pair is the lower and upper bound of a uniform distribution, unless its name says otherwise.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from inkpipe.params.base import NonNegativeFloat, PositiveCount, PositiveFloat, Section, Share


def _ordered(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds[0] > bounds[1]:
        raise ValueError(f"the lower bound of a range must not be above its upper one. Received: {list(bounds)}")
    return bounds


def _some(weights: dict[str, float]) -> dict[str, float]:
    if not sum(weights.values()) > 0:
        raise ValueError(f"at least one weight must be above 0. Received: {weights}")
    return weights


Range = Annotated[tuple[NonNegativeFloat, NonNegativeFloat], Field(strict=False), AfterValidator(_ordered)]
Weights = Annotated[dict[str, NonNegativeFloat], AfterValidator(_some)]


class NameParams(Section):
    """`data.synthetic.names`: what is written."""

    locales: Weights
    given_share: Share
    invented_share: Share
    random_share: Share
    compound_share: Share
    particle_share: Share
    long_share: Annotated[float, Field(ge=0, le=0.2)]
    longest: Annotated[int, Field(ge=8, le=34)]
    least_share: Annotated[float, Field(gt=0, le=0.03)]
    accents_share: Share


class WriterParams(Section):
    """`data.synthetic.writer`: how it is written."""

    height: PositiveFloat
    height_spread: NonNegativeFloat
    height_limits: Range
    aspect: PositiveFloat
    aspect_spread: NonNegativeFloat
    slant: float
    slant_spread: NonNegativeFloat
    width: PositiveFloat
    width_spread: NonNegativeFloat
    width_limits: Range
    boldest: PositiveFloat
    title_case_share: Share
    joined_share: Share
    mixed_case_share: Share
    small_letters: Range
    stray_small_letters: Share
    small_scale: Range
    constancy: Range
    rounding: Range
    letter_noise: Range
    stroke_noise: Range
    bend: Range
    tremor: Range
    wander: Range
    climb: NonNegativeFloat
    pressure: Range
    fading_share: Share
    fading: Range
    retouch_share: Share
    retouch: Range


class FormParams(Section):
    """`data.synthetic.form`: where it is written."""

    layouts: Weights
    comb_share: Share
    pitch_spread: NonNegativeFloat
    pitch_jitter: Range
    gap: Range
    neighbour_share: Share
    specks: NonNegativeFloat
    right_edge_share: Share
    rule_share: Share
    box_share: Share


class ScanParams(Section):
    """`data.synthetic.scan`: how the paper becomes a file."""

    blur: Range
    threshold: Range
    grain: Range
    softness: Range
    sharpening: Range
    paper_noise: Range
    jpeg_quality: Annotated[tuple[int, int], Field(strict=False)]


class SyntheticParams(Section):
    """`data.synthetic`: sizes of the splits and the simulator's distributions."""

    train: PositiveCount
    validation: PositiveCount
    test: PositiveCount
    names: NameParams
    writer: WriterParams
    form: FormParams
    scan: ScanParams
