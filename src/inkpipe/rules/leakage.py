"""Rules against leakage: no image of one split may be in another, and no group.

The row of the earlier split (train, validation, test) violates the rule, so that the later split stays whole.
`inkpipe.contract.shared_groups` and `inkpipe.contract.duplicates` search for them, the latter among the rows that no
other rule quarantines.
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
        copy_column: the column of the fact table that names what is in the later split, such as `test/a.jpg`.
    """

    copy_column: ClassVar[str]

    def checks(self, context: Context) -> Sequence[Check]:
        """No check on single rows shows a copy."""
        return ()


class GroupsApart(LeakageRule):
    """No group, such as a writer or a page, is in two splits: a model knows the hands that it has learned from."""

    name = "groups_apart"
    expected = "no row of its group in a later split"
    observed = "{shared_group}"
    advice = "Split the data by group, or leave its split out: inkpipe then keeps groups together."
    copy_column = "shared_group"


class IdenticalImages(LeakageRule):
    """No image of a later split has the same bytes."""

    name = "identical_images"
    expected = "no image of a later split, byte by byte"
    observed = "is {identical_to}"
    advice = "Split the data so that no image is in two splits, or raise .tolerance to quarantine the copies."
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
    advice = (
        "Split the data so that no image is in two splits, raise .tolerance to quarantine the copies, or lower "
        ".distance."
    )
    copy_column = "resembles"

    distance: Annotated[int, Field(ge=0, le=12)]


RULES = (GroupsApart, IdenticalImages, NearIdenticalImages)
