"""Columns of the fact table that rules declare for their checks. `inkpipe.contract.table` fills them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LabelNumber:
    """A number computed from each label.

    Attributes:
        column: name of the column, float32; NaN for rows without a label.
        of: computes the number from one normalized label, which is not empty.
    """

    column: str
    of: Callable[[str], float]


@dataclass(frozen=True)
class LabelText:
    """A text computed from each label.

    Attributes:
        column: name of the column; null for rows without a label.
        of: computes the text from one normalized label, which is not empty; None for a null.
    """

    column: str
    of: Callable[[str], str | None]


@dataclass(frozen=True)
class ImageNumber:
    """A number computed from the measurements of each image.

    Attributes:
        column: name of the column, float32; NaN for rows whose image does not decode.
        of: computes the numbers of all rows from the columns `width` and `height` (pixels), `ink` (fraction, 0 to 1)
            and `contrast` (gray levels, 0 to 255), which are NaN where an image does not decode.
    """

    column: str
    of: Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class RowNumber:
    """A number computed from the label and the image of each row.

    Attributes:
        column: name of the column, float32; NaN for rows without a label.
        of: computes the numbers of all rows from the columns that the rules declare before this one, those of
            `ImageNumber`, and `own_frames`: the most frames that the model's output can have over the image, all of
            them for an image that was not measured.
    """

    column: str
    of: Callable[[Mapping[str, Any]], Any]


Fact = LabelNumber | LabelText | ImageNumber | RowNumber
