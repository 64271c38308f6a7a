"""The learning curve over the amount of training data: nested subsets of the training images, trained for as long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.model.ocr import CTCOCRModel
from inkpipe.progress import say
from inkpipe.studies.cross_fitting import greedy
from inkpipe.studies.selection import select, selectable
from inkpipe.training.checkpoints import Checkpoints
from inkpipe.training.train import TrainingData, TrainingSettings, train


class Subset(NamedTuple):
    """A training of the learning curve.

    Attributes:
        fraction: fraction of the training images, of the real ones in a mixture.
        seed: seed of the choice of images and of the training.
        rows: positions of these images, in rising order. Those of a smaller fraction are among those of a larger one.
    """

    fraction: float
    seed: int
    rows: Sequence[int]


class SubsetModel(NamedTuple):
    """The model that was trained on a subset."""

    subset: Subset
    model: CTCOCRModel


def nested_subsets(count: int, fractions: Sequence[float], seeds: Sequence[int]) -> list[Subset]:
    """Choose subsets of images by chance, each of which holds the smaller ones of its seed.

    Args:
        count: number of images.
        fractions: fractions of the images, above 0 and at most 1.
        seeds: a seed for each choice of images.

    Returns:
        A subset for each seed and size, from small to large. Fractions that leave the same images are one.

    Raises:
        InkpipeError: there are fewer than two different fractions, or one of them leaves no image.
    """
    by_size = {round(fraction * count): fraction for fraction in sorted(fractions, reverse=True)}
    if len(by_size) < 2 or not all(0 < size <= count for size in by_size):
        raise InkpipeError(
            "A learning curve needs at least two different fractions above 0, at most 1, that leave an image. "
            f"Received: {', '.join(f'{fraction:g}' for fraction in fractions)} of {count:,} images. "
            "Give --fractions such as 0.1,0.25,0.5,1."
        )
    orders = {seed: np.random.default_rng(seed).permutation(count) for seed in seeds}
    return [
        Subset(fraction, seed, sorted(orders[seed][:size].tolist()))
        for size, fraction in sorted(by_size.items())
        for seed in seeds
    ]


def train_subsets(
    data: TrainingData,
    vocabulary: Vocabulary,
    settings: TrainingSettings,
    subsets: Sequence[Subset],
    checkpoints: Sequence[Checkpoints],
) -> Iterator[SubsetModel]:
    """Train a model on each subset, all with the same number of steps.

    A small subset repeats until an epoch has as many images as the whole. With as many epochs instead of steps, a model
    of a tenth of the images would take a tenth of the steps: its errors would come from too little training, and the
    curve would overstate what new data would bring. The synthetic images of a mixture are in no subset: each model is
    trained on them too, since new labels would come beside them.

    Args:
        data: the images; validation images choose the best epoch of each model.
        vocabulary: the class ids of the labels.
        settings: how to train. The decoder of the models is greedy: a language model would know the labels of all
            training images, those outside of the subset too.
        subsets: to train on.
        checkpoints: those of each training, which goes on from there. Their owner removes them afterwards.

    Yields:
        Each subset with its model.

    Raises:
        InkpipeError: as `train`.
    """
    for number, (subset, state) in enumerate(zip(subsets, checkpoints, strict=True), start=1):
        say(f"training {number} of {len(subsets)}: {len(subset.rows):,} images, seed {subset.seed}")
        part = data._replace(train=select(data.train, subset.rows, selectable(data.train).count))
        seeded = replace(greedy(settings), seed=subset.seed)
        yield SubsetModel(subset, train(part, vocabulary, seeded, checkpoints=state).model)
