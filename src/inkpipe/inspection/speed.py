"""A few steps of a training, to know how long all of it will take on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from inkpipe.backend import keras
from inkpipe.batching import batch_count
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.model.decoding.decoder import Knowledge
from inkpipe.training.train import TrainingData, TrainingSettings, build_untrained, compiled, epochs_of_batches

EPOCHS = 3  # TensorFlow traces the step in the first one


def images_per_second(
    data: TrainingData,
    vocabulary: Vocabulary,
    settings: TrainingSettings,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Measure how fast a training takes its steps, with distortions and without validation.

    Args:
        data: a few batches of training images; they stand for all others.
        vocabulary: the class ids of the labels.
        settings: how to train.
        clock: gives the time in seconds.

    Returns:
        Images a second of the faster one of two passes.
    """
    settings = replace(settings, epochs=EPOCHS)
    network = build_untrained(data, settings, vocabulary.classes)
    model = compiled(network, data, vocabulary, settings, Knowledge())
    timer = _EpochTimer(clock)
    batches = epochs_of_batches(data, settings, vocabulary.padding)
    steps = batch_count(data.train.count, settings.batch_size)
    model.fit(batches, shuffle=False, epochs=EPOCHS, steps_per_epoch=steps, callbacks=[timer], verbose=0)
    return data.train.count / min(timer.seconds[1:])


class _EpochTimer(keras.callbacks.Callback):
    """Takes the time of each epoch."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.clock = clock
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Note when it began."""
        self.start = self.clock()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Note how long it took."""
        self.seconds.append(self.clock() - self.start)
