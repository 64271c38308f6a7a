"""Rules on images: they decode, have a sensible size, and show writing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from inkpipe.rules.checks import Between, Check, InSet
from inkpipe.rules.facts import Fact, ImageNumber
from inkpipe.rules.rule import Context, RowRule
from inkpipe.section import Fraction, PositiveCount, PositiveFloat


class ImageDecodes(RowRule):
    """The bytes are an image that OpenCV decodes. Later stages depend on it."""

    name = "image_decodes"
    expected = "an image that decodes"
    observed = "{fault}"
    advice = "Replace or remove the images."

    action: Literal["stop", "quarantine"]

    def checks(self, context: Context) -> Sequence[Check]:
        """`decodes` is false for images that are damaged, too large or of no known format."""
        return (InSet("decodes", (True,)),)


class ImageSize(RowRule):
    """Width and height of the image lie between limits, in pixels."""

    name = "image_size"
    expected = "{min_width}-{max_width} x {min_height}-{max_height} pixels"
    observed = "{width:.0f} x {height:.0f} pixels"
    advice = "Give images of one line of writing, or change the limits."

    min_width: PositiveCount
    max_width: PositiveCount
    min_height: PositiveCount
    max_height: PositiveCount

    def checks(self, context: Context) -> Sequence[Check]:
        """All limits are included."""
        return (
            Between("width", self.min_width, self.max_width),
            Between("height", self.min_height, self.max_height),
        )


class Aspect(RowRule):
    """The width of the image is `min` to `max` times its height."""

    name = "aspect"
    expected = "{min} to {max} times as wide as high"
    observed = "{width:.0f} x {height:.0f} pixels"
    advice = "Give images of one line of writing, or change .min or .max."

    min: PositiveFloat
    max: PositiveFloat

    def facts(self) -> Sequence[Fact]:
        """`aspect` is the width divided by the height."""
        return (ImageNumber("aspect", lambda image: image["width"] / image["height"]),)

    def checks(self, context: Context) -> Sequence[Check]:
        """Both limits are included."""
        return (Between("aspect", self.min, self.max),)


class InkFraction(RowRule):
    """The fraction of pixels that are ink lies between limits: the image is neither blank nor black.

    Attributes:
        min: fraction of ink, 0 to 1.
        max: fraction of ink, 0 to 1.
        min_contrast: gray levels between the darkest and the lightest pixel; below them an image is blank.
    """

    name = "ink_fraction"
    expected = "{min} to {max} of the pixels ink, {min_contrast} gray levels of contrast"
    observed = "{ink:.4f} ink, contrast {contrast:.0f}"
    advice = "Give dark writing on a light background, or change .min, .max or .min_contrast."

    min: Fraction
    max: Fraction
    min_contrast: Annotated[int, Field(ge=0, le=255)]

    def checks(self, context: Context) -> Sequence[Check]:
        """All limits are included."""
        return (Between("ink", self.min, self.max), Between("contrast", self.min_contrast, None))


# The rules on the picture for use outside of a project; a project has its own in params.yaml, and the repository's has
# these.
DEFAULT_PICTURE_RULES: tuple[RowRule, ...] = (
    ImageSize(action="quarantine", tolerance=0.01, min_width=8, max_width=4096, min_height=8, max_height=1024),
    Aspect(action="quarantine", tolerance=0.01, min=0.25, max=50.0),
    InkFraction(action="quarantine", tolerance=0.01, min=0.0005, max=0.6, min_contrast=40),
)
PICTURE_RULES = (ImageSize, Aspect, InkFraction)  # those on an image that decodes
RULES = (ImageDecodes, *PICTURE_RULES)
