"""Rules against leakage: no image of one split may be in another.

The row of the earlier split (train, validation, test) violates the rule, so that the later split stays whole.
`inkpipe.contract.duplicates` searches for the pairs, among the rows that no other rule quarantines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from inkpipe.rules.checks import Check
from inkpipe.rules.rule import Context, RowRule


class LeakageRule(RowRule):
    """A rule against one kind of copy in a later split.

    Attributes:
        copy_column: the column of the fact table that names the copy in the later split, such as `test/a.jpg`.
    """

    copy_column: ClassVar[str]

    def checks(self, context: Context) -> Sequence[Check]:
        """No check on single rows shows a copy."""
        return ()


class IdenticalImages(LeakageRule):
    """No image of a later split has the same bytes."""

    name = "identical_images"
    expected = "no image of a later split, byte by byte"
    observed = "is {identical_to}"
    advice = "Split the data so that no image is in two splits."
    copy_column = "identical_to"


class NearIdenticalImages(LeakageRule):
    """No image of a later split is the same picture saved anew, at another quality, brightness or size.

    Attributes:
        distance: bits of the 256 of the perceptual hash that may differ between copies. Above 12 too many copies are
            missed by the search, see `inkpipe.contract.fingerprint.near_pairs`.
    """

    name = "near_identical_images"
    expected = "no image of a later split saved anew (up to {distance} of 256 bits)"
    observed = "resembles {resembles}"
    advice = "Split the data so that no image is in two splits, or lower .distance."
    copy_column = "resembles"

    distance: Annotated[int, Field(ge=0, le=12)]


RULES = (IdenticalImages, NearIdenticalImages)
