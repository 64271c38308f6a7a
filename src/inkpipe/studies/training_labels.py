"""Rank the labels of training images, by the finished model or by models that have not seen them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import compress

import numpy as np

from inkpipe.data.corpus import REAL
from inkpipe.dataset.records import Records
from inkpipe.evaluation.evaluate import PreparedSample, PreparedSamples, RecordedSamples, predict
from inkpipe.evaluation.suspect_labels import LabelError, rank_label_errors, sort_label_errors
from inkpipe.model.ocr import CTCOCRModel
from inkpipe.progress import track
from inkpipe.studies.cross_fitting import HeldOutFold


@dataclass(frozen=True)
class SelectedSamples:
    """Some of prepared samples, in their order.

    Attributes:
        samples: the whole.
        rows: their positions, in rising order.
    """

    samples: PreparedSamples
    rows: list[int]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[PreparedSample]:
        mask = np.zeros(len(self.samples), bool)
        mask[self.rows] = True
        return compress(self.samples, mask.tolist())


def labeled_samples(records: Records, split: str) -> PreparedSamples:
    """The samples of a split without synthetic ones beside real ones, whose labels are right, in the order of folds.

    Args:
        records: the prepared images.
        split: `train`, `validation` or `test`.
    """
    samples = RecordedSamples(records, split)
    if not records.has_origins(split):
        return samples
    return SelectedSamples(samples, list(range(records.count(split, REAL))))  # synthetic ones are the last of a split


def judge_labels(samples: PreparedSamples, model: CTCOCRModel, split: str, batch_size: int) -> list[LabelError]:
    """Rank the labels of samples by one model.

    Args:
        samples: that the model has not memorized.
        model: judges them.
        split: the split of the samples.
        batch_size: images recognized at once.

    Returns:
        As `rank_label_errors`.

    Raises:
        InkpipeError: a confidence is not a number.
    """
    predictions = list(predict(track(samples, len(samples), f"judging {split} labels"), model.recognize, batch_size))
    images = (image for _, _, image in samples)
    return rank_label_errors(images, predictions, model.log_ratio, split, batch_size)


def judge_folds(
    samples: PreparedSamples, folds: Iterable[HeldOutFold], split: str, batch_size: int
) -> list[LabelError]:
    """Rank the labels of samples, each by the model that has not seen it.

    Args:
        samples: those that the folds are of.
        folds: that together hold each sample once.
        split: the split of the samples.
        batch_size: images recognized at once.

    Returns:
        As `rank_label_errors`.

    Raises:
        InkpipeError: a confidence is not a number, or a training fails.
    """
    errors = []
    for fold in folds:
        errors += judge_labels(SelectedSamples(samples, list(fold.rows)), fold.model, split, batch_size)
    return sort_label_errors(errors)
