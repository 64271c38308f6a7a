"""`evaluate`: how the model is scored on the test split."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from inkpipe.section import Count, PositiveCount, Section


def _whole_cross_fit(folds: int) -> int:
    if folds == 1:
        raise ValueError(
            "evaluate.label_errors.folds: one model would judge the labels that it learned. Received: 1. Set 0, or 2"
        )
    return folds


class LabelErrorParams(Section):
    """`evaluate.label_errors`: the search for wrong labels.

    Attributes:
        shown: labels that the report, and the picture of `inkpipe label-errors`, show at most.
        folds: trainings of `inkpipe label-errors`, each of which judges the part of the training rows that it has not
            seen; 0 lets the finished model judge them.
    """

    shown: PositiveCount
    folds: Annotated[Count, AfterValidator(_whole_cross_fit)]


class EvaluateParams(Section):
    """`evaluate`: how the model is scored on the test split.

    Attributes:
        bootstrap: resamples behind each 95 % interval.
        batch_size: images recognized at once.
        examples: predictions that the report shows, in four groups.
        max_errors: fractions of the accepted texts that may be wrong, for each of which a threshold is chosen.
        label_errors: the search for wrong labels.
    """

    bootstrap: PositiveCount
    batch_size: PositiveCount
    examples: PositiveCount
    max_errors: Annotated[tuple[Annotated[float, Field(gt=0, lt=1)], ...], Field(min_length=1, strict=False)]
    label_errors: LabelErrorParams
