"""`synthetic`: how many images the generator makes, and the distributions that it samples from.

params.yaml explains every parameter where it stands: its meaning, unit and allowed values.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field

from inkpipe.section import Fraction, NonNegativeFloat, PositiveCount, PositiveFloat, Section

Name = TypeVar("Name", bound=str)


def _ordered(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds[0] > bounds[1]:
        raise ValueError(f"the lower bound of a range must not be above its upper one. Received: {list(bounds)}")
    return bounds


def _not_all_zero(weights: dict[Name, float]) -> dict[Name, float]:
    if not sum(weights.values()) > 0:
        raise ValueError(f"at least one weight must be above 0. Received: {weights}")
    return weights


# A range is a lower and an upper bound, both included. YAML gives a list, hence strict=False.
Range = Annotated[tuple[NonNegativeFloat, NonNegativeFloat], Field(strict=False), AfterValidator(_ordered)]
PositiveRange = Annotated[tuple[PositiveFloat, PositiveFloat], Field(strict=False), AfterValidator(_ordered)]
FractionRange = Annotated[tuple[Fraction, Fraction], Field(strict=False), AfterValidator(_ordered)]
JpegQuality = Annotated[int, Field(ge=1, le=100)]
JpegQualityRange = Annotated[tuple[JpegQuality, JpegQuality], Field(strict=False), AfterValidator(_ordered)]
# Relative frequencies by name: an entry is chosen with probability weight / sum of the weights.
Weights = Annotated[dict[str, NonNegativeFloat], AfterValidator(_not_all_zero)]
LayoutName = Literal["bare", "cut_label", "bold_name", "bold_first_name", "label_above", "label_high"]
LayoutWeights = Annotated[dict[LayoutName, NonNegativeFloat], AfterValidator(_not_all_zero)]


class NameParams(Section):
    """`synthetic.names`: the names, and thereby the labels."""

    locales: Weights
    given_name_probability: Fraction
    invented_probability: Fraction
    random_letters_probability: Fraction
    compound_probability: Fraction
    particle_probability: Fraction
    extra_name_probability: Annotated[float, Field(ge=0, le=0.2)]
    max_length: Annotated[int, Field(ge=8, le=34)]
    min_char_fraction: Annotated[float, Field(gt=0, le=0.03)]
    accent_probability: Fraction


class WriterParams(Section):
    """`synthetic.writer`: the handwriting. Every image has a writer of its own."""

    height: PositiveFloat
    height_spread: NonNegativeFloat
    height_limits: Range
    aspect: PositiveFloat
    aspect_spread: NonNegativeFloat
    slant: float
    slant_spread: NonNegativeFloat
    stroke_width: PositiveFloat
    stroke_width_spread: NonNegativeFloat
    stroke_width_limits: Range
    max_stroke_width: PositiveFloat
    title_case_probability: Fraction
    lower_case_probability: Fraction
    joined_probability: Fraction
    mixed_case_probability: Fraction
    lower_case_fraction: FractionRange
    stray_lower_case_probability: Fraction
    lower_case_scale: Range
    variant_consistency: FractionRange
    corner_rounding: FractionRange
    letter_noise: Range
    stroke_noise: Range
    stroke_bend: Range
    tremor: Range
    baseline_wander: Range
    baseline_slope_spread: NonNegativeFloat
    pressure_variation: Range
    fading_probability: Fraction
    fading_magnitude: FractionRange
    retouch_probability: Fraction
    retouch_fraction: FractionRange


class FormParams(Section):
    """`synthetic.form`: the form on which a name is written."""

    layouts: LayoutWeights
    cell_spacing_probability: Fraction
    cell_width_spread: NonNegativeFloat
    letter_offset: Range
    letter_gap: Range
    neighbor_line_probability: Fraction
    cut_off_probability: Fraction
    cut_off_fraction: FractionRange
    specks: NonNegativeFloat
    right_edge_probability: Fraction
    ruled_line_probability: Fraction
    printed_cells_probability: Fraction


class ScanParams(Section):
    """`synthetic.scan`: from ink on a form to a JPEG file."""

    blur: PositiveRange
    threshold: FractionRange
    threshold_softness: FractionRange
    edge_noise: Range
    sharpening: Range
    background_noise: Range
    jpeg_quality: JpegQualityRange


class SyntheticParams(Section):
    """`synthetic`: the sizes of the splits and the distributions of the generator."""

    train: PositiveCount
    validation: PositiveCount
    test: PositiveCount
    names: NameParams
    writer: WriterParams
    form: FormParams
    scan: ScanParams
