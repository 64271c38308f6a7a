"""`validate`: the data contract, rule by rule."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from inkpipe.params.base import Count, NonNegativeFloat, PositiveCount, PositiveFloat, Section, Share

Names = Annotated[tuple[str, ...], Field(strict=False)]
Categories = Annotated[
    tuple[Annotated[str, Field(pattern="^[LMNPSZC][a-z]?$")], ...], Field(strict=False, min_length=1)
]


class RowRule(Section):
    """A rule that each row keeps or breaks. Rows that break it are set aside, or with `warn` only named."""

    action: Literal["stop", "quarantine", "warn"]
    tolerance: Share


class EssentialRule(RowRule):
    """A row rule that later stages depend on, so that it cannot be merely warned about."""

    action: Literal["stop", "quarantine"]


class SetRule(Section):
    """A rule on a split, or between splits, as a whole."""

    action: Literal["stop", "warn"]


class ColumnsRule(Section):
    """The corpus has its columns, of their types."""

    action: Literal["stop"]


class LabelUsableRule(RowRule):
    """The label is none of the markers by which a data set says that it has no reading."""

    markers: Names


class LabelCharactersRule(RowRule):
    """Every character of the label belongs to the Unicode categories, or is one of `extra`."""

    categories: Categories
    extra: str


class CountRangeRule(RowRule):
    """A count of the label lies in a range, both ends included."""

    min: Count
    max: PositiveCount


class ImageSizeRule(RowRule):
    """Width and height of the image lie in their ranges, in pixels."""

    min_width: PositiveCount
    max_width: PositiveCount
    min_height: PositiveCount
    max_height: PositiveCount


class AspectRule(RowRule):
    """Width over height lies in a range."""

    min: PositiveFloat
    max: PositiveFloat


class InkShareRule(RowRule):
    """The share of pixels that are ink lies in a range; below `min_contrast` grey levels there is none."""

    min: Share
    max: Share
    min_contrast: Annotated[int, Field(ge=0, le=255)]


class NearIdenticalRule(RowRule):
    """No image resembles one of a later split in all but `distance` of the 256 bits of its perceptual hash."""

    distance: Annotated[int, Field(ge=0, le=12)]


class UnusableLabelsRule(SetRule):
    """The share of rows of each split whose label is absent, a marker or otherwise set aside is at most `max`."""

    max: Share


class SplitSizesRule(SetRule):
    """Each split keeps at least so many rows."""

    train: PositiveCount
    validation: PositiveCount
    test: PositiveCount


class CharacterCountRule(SetRule):
    """Each character of the training labels occurs at least `min` times in them."""

    min: PositiveCount


class DriftRule(SetRule):
    """A distance between the training split and another is at most `max`, or is no more than chance.

    Differences that a sample of that size shows by chance with more than probability `significance` do not count.
    """

    max: NonNegativeFloat
    significance: Annotated[float, Field(gt=0, lt=1)]


class RulesParams(Section):
    """`validate.rules`: every rule of the contract."""

    columns: ColumnsRule
    unique_filenames: RowRule
    label_present: EssentialRule
    label_usable: LabelUsableRule
    label_characters: LabelCharactersRule
    label_length: CountRangeRule
    word_count: CountRangeRule
    label_fits: EssentialRule
    image_decodes: EssentialRule
    image_size: ImageSizeRule
    aspect: AspectRule
    ink_share: InkShareRule
    identical_images: RowRule
    near_identical_images: NearIdenticalRule
    unusable_labels: UnusableLabelsRule
    split_sizes: SplitSizesRule
    character_count: CharacterCountRule
    character_drift: DriftRule
    length_drift: DriftRule
    size_drift: DriftRule

    @model_validator(mode="after")
    def _ranges_hold_something(self) -> RulesParams:
        size = self.image_size
        ranges: dict[str, tuple[float, float]] = {
            name: (rule.min, rule.max)
            for name in ("label_length", "word_count", "aspect", "ink_share")
            if (rule := getattr(self, name))
        }
        ranges["image_size (width)"] = (size.min_width, size.max_width)
        ranges["image_size (height)"] = (size.min_height, size.max_height)
        empty = [f"{name}: {low} to {high}" for name, (low, high) in ranges.items() if low > high]
        if empty:
            raise ValueError(f"validate.rules: a minimum exceeds its maximum. Received: {'; '.join(empty)}")
        return self


class ValidateParams(Section):
    """`validate`: the rules of the data contract, what each does on failure, and its tolerance."""

    always_tolerated: Count
    rules: RulesParams
