"""Labels that are probably wrong: the model finds its own prediction much more likely.

The ranking is that of confident learning (Northcutt, Jiang and Chuang, Confident Learning: Estimating Uncertainty in
Dataset Labels, 2021) carried over to texts: a label is suspect if a model that has not learned it is sure of another.
Nothing here needs TensorFlow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkpipe.batching import batched
from inkpipe.evaluation.predictions import Picture, ScoredPrediction
from inkpipe.output import neutralized

# Images uint8 (batch, height, width), a text and another text for each, to the natural logarithm of how many times
# likelier the text is than the other, float64 (batch,), such as `CTCOCRModel.log_ratio`.
LogRatio = Callable[[Picture, Sequence[str], Sequence[str]], NDArray[np.float64]]


class LabelError(NamedTuple):
    """A label that may be wrong. It is a row of label_errors.csv.

    Attributes:
        filename: of the image in the corpus.
        split: `train`, `validation` or `test`.
        label: the normalized label.
        prediction: the model's text.
        score: how many times likelier the model finds its prediction than the label, as natural logarithm, divided by
            the edits between the two. Above 0.
    """

    filename: str
    split: str
    label: str
    prediction: str
    score: float

    def to_row(self) -> list[str | float]:
        """The row of label_errors.csv, which people open in a spreadsheet: no cell is run as a formula there."""
        return [neutralized(cell) for cell in self]


def rank_label_errors(
    images: Iterable[Picture],
    predictions: Sequence[ScoredPrediction],
    log_ratio: LogRatio,
    split: str,
    batch_size: int,
) -> list[LabelError]:
    """Rank the labels that differ from the prediction.

    The division by the edits makes a label of another word comparable with one that is wrong in a single letter:
    without it, the many letters of images that the model cannot read outweigh the single letter
    (benchmarks/README.md).

    Args:
        images: the prepared image of each prediction, in their order; a stream.
        predictions: of a model that has not memorized their labels.
        log_ratio: compares two texts for each image.
        split: of these images.
        batch_size: images compared at once, at least 1.

    Returns:
        The labels that the model finds less likely than its prediction, most suspect first.
    """
    wrong = ((image, each) for image, each in zip(images, predictions, strict=True) if not each.correct)
    errors = [error for batch in batched(wrong, batch_size) for error in _compared(batch, log_ratio, split)]
    return sort_label_errors(errors)


def sort_label_errors(errors: Iterable[LabelError]) -> list[LabelError]:
    """Sort label errors, most suspect first, by split and file name where equally so."""
    return sorted(errors, key=lambda each: (-each.score, each.split, each.filename))


def _compared(
    batch: Sequence[tuple[Picture, ScoredPrediction]], log_ratio: LogRatio, split: str
) -> Iterator[LabelError]:
    images = np.stack([image for image, _ in batch])
    texts, labels = [each.prediction for _, each in batch], [each.label for _, each in batch]
    for (_, each), ratio in zip(batch, log_ratio(images, texts, labels).tolist(), strict=True):
        score = round(ratio / each.edits, 4) if math.isfinite(ratio) else ratio
        if score > 0:  # false also for NaN: the model lacks a character of the label, so it cannot judge it
            yield LabelError(each.filename, split, each.label, each.prediction, score)
