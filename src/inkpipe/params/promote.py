"""`promote`: when a new model becomes the champion."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from inkpipe.section import NonNegativeFloat, Section


class PromoteParams(Section):
    """`promote`: when a new model becomes the champion.

    Attributes:
        model_name: the name in the MLflow registry: letters, digits, `_`, `.` and `-`.
        min_improvement: by how much the CER must be lower than the champion's on the same images, in CER, 0 upwards.
    """

    model_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    min_improvement: NonNegativeFloat
