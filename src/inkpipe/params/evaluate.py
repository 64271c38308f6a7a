"""`evaluate`: how the model is scored on the test split."""

from __future__ import annotations

from inkpipe.section import PositiveCount, Section


class EvaluateParams(Section):
    """`evaluate`: how the model is scored on the test split.

    Attributes:
        bootstrap: resamples behind each 95 % interval.
        batch_size: images recognized at once.
        examples: predictions that the report shows, in four groups.
    """

    bootstrap: PositiveCount
    batch_size: PositiveCount
    examples: PositiveCount
