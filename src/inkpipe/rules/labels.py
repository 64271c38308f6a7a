"""Rules on labels, after the vocabulary's normalization."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from inkpipe.alignment import frames_needed
from inkpipe.rules.checks import Between, Check, IsNull, NotInSet, NotNull
from inkpipe.rules.facts import Fact, LabelNumber, LabelText, RowNumber
from inkpipe.rules.rule import Context, LabelRule
from inkpipe.section import Count, PositiveCount

Texts = Annotated[tuple[str, ...], Field(strict=False)]
Category = Annotated[str, Field(pattern="^[LMNPSZC][a-z]?$")]  # of Unicode, such as Lu, or the first letter of several
# The markers for use outside of a project; a project has its own in params.yaml, and the repository's has these.
DEFAULT_MARKERS = ("UNREADABLE", "EMPTY")


class LabelPresent(LabelRule):
    """The image has a label: it is transcribed. Later stages depend on it."""

    name = "label_present"
    expected = "a label"
    observed = "no label"
    advice = "Transcribe the images; `inkpipe read` works on those without a label."

    action: Literal["stop", "quarantine"]

    def checks(self, context: Context) -> Sequence[Check]:
        """A label of white space only is normalized to null."""
        return (NotNull("label"),)


class LabelUsable(LabelRule):
    """The label is not a marker.

    Attributes:
        markers: the texts by which a data set says that nobody can read an image. They are normalized like labels.
    """

    name = "label_usable"
    expected = "a label other than {markers}"
    observed = "{label!r}"
    advice = "Correct the labels, or change .markers."
    unusable = True

    markers: Texts

    def checks(self, context: Context) -> Sequence[Check]:
        """The label is compared with the normalized markers."""
        return (NotInSet("label", tuple(normalized_markers(self.markers, context.normalize))),)


class LabelCharacters(LabelRule):
    """Every character of the label is of an allowed category, or is allowed by itself.

    Attributes:
        categories: Unicode categories, such as `Lu`, or their first letter for all that begin with it.
        extra: more characters that are allowed.
    """

    name = "label_characters"
    expected = "characters of the Unicode categories {categories}, or of {extra}"
    observed = "{label!r} has {foreign!r}"
    advice = "Correct the labels, or add to .extra or .categories."
    unusable = True

    categories: Annotated[tuple[Category, ...], Field(strict=False, min_length=1)]
    extra: str

    def facts(self) -> Sequence[Fact]:
        """`foreign` has the characters of a label that are not allowed, each once, in code point order."""

        @cache  # labels have few different characters
        def allowed(character: str) -> bool:
            return unicodedata.category(character).startswith(self.categories) or character in self.extra

        def foreign(label: str) -> str | None:
            return "".join(sorted(c for c in set(label) if not allowed(c))) or None

        return (LabelText("foreign", foreign),)

    def checks(self, context: Context) -> Sequence[Check]:
        """No character is foreign."""
        return (IsNull("foreign"),)


class LabelLength(LabelRule):
    """The label has `min` to `max` characters."""

    name = "label_length"
    expected = "{min} to {max} characters"
    observed = "{length:.0f} characters"
    advice = "Correct the labels, or change .min or .max."

    min: Count
    max: PositiveCount

    def facts(self) -> Sequence[Fact]:
        """`length` is the number of characters, spaces included."""
        return (LabelNumber("length", len),)

    def checks(self, context: Context) -> Sequence[Check]:
        """Both limits are included."""
        return (Between("length", self.min, self.max),)


class WordCount(LabelRule):
    """The label has `min` to `max` words."""

    name = "word_count"
    expected = "{min} to {max} words"
    observed = "{words:.0f} words"
    advice = "Correct the labels, or change .min or .max."

    min: Count
    max: PositiveCount

    def facts(self) -> Sequence[Fact]:
        """`words` is the number of texts between spaces."""
        return (LabelNumber("words", lambda label: len(label.split())),)

    def checks(self, context: Context) -> Sequence[Check]:
        """Both limits are included."""
        return (Between("words", self.min, self.max),)


class LabelFits(LabelRule):
    """The model's output can have enough frames over the image itself for CTC to align the label.

    How many it has is known after cropping, in `preprocess`, which counts the images with too few. This rule compares
    the label with the most that any crop can leave: those of the image's own columns, enlarged as far as `preprocess`
    enlarges, and no more than `preprocess.width`. A label that needs more does not belong to the image, or the image is
    too small to be read; frames of padding must not hide that. Training depends on it, too.
    """

    name = "label_fits"
    expected = "length + adjacent repeats no more than the frames over the image, of {frames} in all"
    observed = "{label!r} needs {frames:.0f} frames, the image has {own_frames:.0f}"
    advice = (
        "Correct the labels of images too small for them, or give larger scans. "
        "Where images have all frames, raise preprocess.width."
    )

    action: Literal["stop", "quarantine"]

    def facts(self) -> Sequence[Fact]:
        """`frames` is the number of frames that the label needs, `spare_frames` how many more there are."""
        return (
            LabelNumber("frames", frames_needed),
            RowNumber("spare_frames", lambda row: row["own_frames"] - row["frames"]),
        )

    def checks(self, context: Context) -> Sequence[Check]:
        """No frame is missing."""
        return (Between("spare_frames", 0, None),)


def normalized_markers(markers: Collection[str], normalize: Callable[[str], str]) -> list[str]:
    """The markers of unusable labels in the form of normalized labels.

    Args:
        markers: as in params.yaml, or `DEFAULT_MARKERS`.
        normalize: brings a text to the form in which labels are compared.

    Returns:
        The texts that are markers, in the order of `markers`. A normalized label is unusable if it is one of them.
    """
    return [normalize(marker) for marker in markers]


RULES = (LabelPresent, LabelUsable, LabelCharacters, LabelLength, WordCount, LabelFits)
