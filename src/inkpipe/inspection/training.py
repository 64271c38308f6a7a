"""Propose how long to train."""

from __future__ import annotations

from inkpipe.inspection.overrides import Override
from inkpipe.params import Params

# Processor time of a training step by preset, image and pixel: 6 ms at 32 x 256, 39 ms at 48 x 1024.
SECONDS_PER_PIXEL = {"crnn": 0.006 / (32 * 256), "line": 0.039 / (48 * 1024)}
BUDGET_MINUTES = 55  # validation, which goes with every epoch, takes another twentieth
IMAGES_SEEN = 200_000  # by a network that learns to read from nothing
MOST_EPOCHS = 100
FEW_IMAGES = 5000  # below them smaller batches give more steps


def training_overrides(params: Params, images: int, cores: int) -> list[Override]:
    """Propose `epochs` and `batch_size`; nothing for networks whose speed is not known.

    Args:
        params: with the proposed size of images.
        images: for training.
        cores: of this machine's processor.
    """
    if params.model.preset not in SECONDS_PER_PIXEL or not images:
        return []
    overrides = []
    minutes = _minutes(params, images, cores)
    epochs = max(params.epochs, min(-(-IMAGES_SEEN // images), int(BUDGET_MINUTES / minutes), MOST_EPOCHS))
    if epochs != params.epochs:
        why = f"{images:,} training images are few; about {epochs * minutes:.0f} minutes on {cores} cores"
        overrides.append(Override("epochs", epochs, why))
    if images < FEW_IMAGES and params.batch_size > 16:
        overrides.append(Override("batch_size", 16, "smaller batches give more steps of few images"))
    return overrides


def _minutes(params: Params, images: int, cores: int) -> float:
    """The time of an epoch."""
    threads = min(cores, params.train.threads or cores)
    pixels = params.preprocess.height * params.preprocess.width
    return images * pixels * SECONDS_PER_PIXEL[params.model.preset] / threads / 60
