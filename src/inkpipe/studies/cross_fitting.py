"""Folds of the training images, of the real ones in a mixture, and a model for each fold that has not seen it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.model.ocr import CTCOCRModel
from inkpipe.progress import say
from inkpipe.studies.selection import select, selectable
from inkpipe.training.checkpoints import Checkpoints
from inkpipe.training.train import TrainingData, TrainingSettings, train


class HeldOutFold(NamedTuple):
    """A model, and the training images that it has not seen.

    Attributes:
        model: trained on the other folds.
        rows: positions of this fold's images among the `selectable` ones, in rising order.
    """

    model: CTCOCRModel
    rows: Sequence[int]


def fold_rows(count: int, folds: int, seed: int) -> list[list[int]]:
    """Divide images into folds by chance.

    Args:
        count: number of images.
        folds: at least 2, at most `count`.
        seed: seed of the division.

    Returns:
        The positions of each fold, in rising order; the folds differ by at most one image.

    Raises:
        InkpipeError: there are not at least two folds, or fewer images than folds.
    """
    if not 2 <= folds <= count:
        raise InkpipeError(
            f"Cross-fitting needs at least 2 folds and an image for each. Received: {folds} folds of {count} images. "
            "Set evaluate.label_errors.folds, or --folds, to 2 or a little more."
        )
    order = np.random.default_rng(seed).permutation(count)
    return [sorted(order[fold::folds].tolist()) for fold in range(folds)]


def cross_fit(
    data: TrainingData,
    vocabulary: Vocabulary,
    settings: TrainingSettings,
    folds: int,
    checkpoints: Sequence[Checkpoints],
) -> Iterator[HeldOutFold]:
    """Train a model for each fold on all other folds. Its epochs have fewer images than those of the whole.

    The synthetic images of a mixture are in no fold: each model is trained on them too.

    Args:
        data: the images; validation images choose the best epoch of each model.
        vocabulary: the class ids of the labels.
        settings: how to train. The decoder of the models is greedy: no language model that knows the labels judges
            them.
        folds: number of folds.
        checkpoints: those of each fold's training, which goes on from there. Their owner removes them afterwards.

    Yields:
        Each fold with its model.

    Raises:
        InkpipeError: as `fold_rows` and `train`.
    """
    count = selectable(data.train).count
    parts = fold_rows(count, folds, settings.seed)
    for number, (rows, state) in enumerate(zip(parts, checkpoints, strict=True), start=1):
        others = sorted(set(range(count)) - set(rows))
        say(f"fold {number} of {folds}: training on {len(others):,} images, to judge the other {len(rows):,}")
        part = data._replace(train=select(data.train, others, len(others)))
        yield HeldOutFold(train(part, vocabulary, greedy(settings), checkpoints=state).model, rows)


def greedy(settings: TrainingSettings) -> TrainingSettings:
    """The settings with the greedy decoder, which knows nothing of the labels of other images."""
    return replace(settings, decode=settings.decode.model_copy(update={"method": "greedy"}))
