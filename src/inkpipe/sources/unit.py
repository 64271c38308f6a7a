"""What a source reads at once, and what is wholly in one split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Unit(NamedTuple):
    """Samples that are read together: an image file, or all lines of a page.

    Attributes:
        name: the name of the file, by whose hash the split is chosen where the data names neither a split nor a group.
        size: how many samples it holds.
        split: `train`, `validation` or `test`; None if the data names none.
        extra: the values of further columns that all its samples share.
        place: where its samples lie. Only the layout looks at it.
    """

    name: str
    size: int
    split: str | None
    extra: Mapping[str, str | None]
    place: Any
