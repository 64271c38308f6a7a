"""Propose how long to train."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkpipe.alignment import own_frames
from inkpipe.data.label_form import LabelForm
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.inspection.effects import Effects
from inkpipe.inspection.overrides import Override, applied
from inkpipe.inspection.seen import InspectedCorpus
from inkpipe.output import counted
from inkpipe.params import Params
from inkpipe.progress import bar

BUDGET_MINUTES = 50  # of training steps; validation, which goes with every epoch, takes another tenth
IMAGES_SEEN = 200_000  # by a network that learns to read from nothing
LEAST_SEEN = 50_000  # of fewer it does not learn to read, however slow the machine is
MOST_EPOCHS = 100
FEW_IMAGES = 5000  # below them smaller batches give more steps
QUICK_IMAGES_SEEN = 20_000  # a training that sees no more of them takes minutes on any machine
TRIAL_BATCHES = 8  # that stand for all others
Speed = Callable[[Params], float]  # training images a second with these parameters, on this machine


def training_overrides(params: Params, images: int, speed: Speed) -> list[Override]:
    """Propose `epochs` and `batch_size`.

    Args:
        params: with the proposed size of images.
        images: number of training images.
        speed: measures this machine; it is asked only where a training takes more than minutes.
    """
    if not images:
        return []
    overrides = []
    if images < FEW_IMAGES and params.batch_size > 16:
        overrides.append(Override("batch_size", 16, "smaller batches give more steps of few images"))
    epochs = max(params.epochs, min(ceil(IMAGES_SEEN / images), MOST_EPOCHS))
    reason = f"{images:,} training images are few"
    if images * epochs > QUICK_IMAGES_SEEN:
        rate = speed(applied(params, overrides))
        epochs = min(epochs, max(int(BUDGET_MINUTES * 60 * rate / images), ceil(LEAST_SEEN / images)))
        minutes = counted(max(1, round(epochs * images / rate / 60)), "minute")
        reason = f"about {minutes} for {images:,} images, of which this machine trains {rate:.0f} a second"
    if epochs != params.epochs:
        overrides.append(Override("epochs", epochs, reason))
    return overrides


class TrialImages(NamedTuple):
    """Images to train a few steps on.

    Attributes:
        images: uint8 (n, height, width), noise on white.
        labels: the normalized label of each.
        vocabulary: of all labels of the corpus.
    """

    images: NDArray[np.uint8]
    labels: Sequence[str]
    vocabulary: Vocabulary


def trial_images(corpus: InspectedCorpus, form: LabelForm, params: Params) -> TrialImages:
    """Make images of noise as wide as those of a corpus, with labels of its own.

    Args:
        corpus: the labels, and the facts of sample images.
        form: of the labels.
        params: give the size of images and of batches, and the frames of the model's output.

    Returns:
        `TRIAL_BATCHES` batches. Their widths and labels rise evenly from the corpus's shortest to its longest; a label
        is cut where its image has too few frames for it.
    """
    size, count = params.preprocess, TRIAL_BATCHES * params.batch_size
    widths = sorted(ceil(image.sized(size.crop, size.height, size.width)[1]) for image in corpus.decoded)
    texts = sorted((form.normalize(label) for label in corpus.labels), key=len)
    noise = np.random.default_rng(0).integers(0, 256, (size.height, size.width), np.uint8)
    images, labels = np.full((count, size.height, size.width), 255, np.uint8), list[str]()
    for number, image in enumerate(images):
        width = widths[number * len(widths) // count]
        image[:, :width] = noise[:, :width]
        longest = own_frames(width, size.width, params.frames) // 2  # fits, though each character be repeated
        labels.append(texts[number * len(texts) // count][:longest])
    return TrialImages(images, labels, Vocabulary(tuple(sorted(set("".join(texts)))), form.case, form.unicode_form))


def measured_speed(corpus: InspectedCorpus, effects: Effects, params: Params) -> float:
    """Train a few steps on `trial_images`.

    Args:
        corpus: the labels, and the facts of sample images.
        effects: of the parameters on the corpus.
        params: how to train.

    Returns:
        Training images a second.
    """
    from inkpipe.dataset.batches import ArrayImages  # late: TensorFlow takes seconds to import
    from inkpipe.inspection.speed import images_per_second
    from inkpipe.model.determinism import configure_determinism
    from inkpipe.training.train import TrainingData, TrainingSettings

    configure_determinism(params.train.threads)
    trial = trial_images(corpus, effects.form, params)
    images = ArrayImages.of_texts(list(trial.images), trial.labels, trial.vocabulary)
    data, settings = TrainingData(images, images, params.frames), TrainingSettings.from_params(params)
    with bar(1, "training a few steps", "trial") as progress:
        rate = images_per_second(data, trial.vocabulary, settings)
        progress.update(1)
    return rate
