"""Weight averaging: the model that is validated and kept is an average of the weights of many steps.

`last` is the plain mean over all steps from a start on: Polyak and Juditsky, "Acceleration of stochastic approximation
by averaging" (1992); Izmailov, Podoprikhin, Garipov, Vetrov and Wilson, "Averaging weights leads to wider optima and
better generalization" (2018). `ema` is an exponential moving average, which forgets earlier steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from inkpipe.backend import keras, tf
from inkpipe.batching import batch_count
from inkpipe.params.train import TrainParams
from inkpipe.training.batch_norm import BatchNormStatistics

STATISTICS_IMAGES = (
    2048  # at most, from which batch norm takes its statistics: each channel sees over 100,000 values in them
)


class AverageWeights(keras.callbacks.Callback):
    """Averages the network's weights after each step, and readies the average before each validation.

    Up to the start the average is the network itself, so the first validations are as without averaging. The number of
    steps comes from the optimizer, so a resumed training goes on as if it had not been stopped.

    Batch norm's statistics of the average are not an average of statistics: they are those of other activations. They
    are measured anew on training images, as Izmailov et al. do. Those of frozen layers stay.

    Args:
        network: the network in training.
        averaged: a network of the same layers that receives the average.
        params: the `train` section.
        total_steps: optimizer steps of the whole training.
        batches: training batches from an epoch on, counted from 0: pairs of images and labels.
        batch_size: images a batch.
        seed: of the dropout masks while statistics are measured.
    """

    def __init__(
        self,
        network: keras.Model,
        averaged: keras.Model,
        params: TrainParams,
        *,
        total_steps: int,
        batches: Callable[[int], tf.data.Dataset],
        batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        pairs = list(zip(averaged.weights, network.weights, strict=True))
        self.blend = tf.function(lambda rate: blend(pairs, rate))
        self.settings, self.batches, self.seed = params, batches, seed
        frozen = {layer.name for layer in network.layers if not layer.trainable}
        self.statistics = BatchNormStatistics(averaged, kept=frozen)
        self.start = int(params.averaging_start * total_steps)
        self.statistics_batches = batch_count(STATISTICS_IMAGES, batch_size)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Note the epoch."""
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Take the step's weights into the average."""
        before = self._averaged_steps() - 1
        if before >= 0:
            self.blend(tf.constant(averaging_rate(self.settings, before), tf.float32))

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        """Ready the average for a validation."""
        if self._averaged_steps() < 1:
            self.blend(tf.constant(1.0))
            return
        batches = self.batches(self.epoch).take(self.statistics_batches)
        self.statistics.refresh(batches, seed=self.seed, epoch=self.epoch)

    def _averaged_steps(self) -> int:
        return int(self.model.optimizer.iterations) - self.start


def averaging_rate(params: TrainParams, before: int) -> float:
    """How far the average moves towards the weights of a step, 0 to 1.

    A young exponential average follows faster than an old one, so that its first weights do not linger.

    Args:
        params: the `train` section.
        before: the number of steps that are in the average already.
    """
    if before == 0:
        return 1.0
    if params.averaging == "last":
        return 1.0 / (before + 1)
    return 1.0 - min(params.ema_momentum, (1 + before) / (10 + before))


def blend(pairs: Sequence[tuple[Any, Any]], rate: tf.Tensor) -> None:
    """Move each first variable of a pair towards the second one.

    Args:
        pairs: an average and the weight that it follows, of one shape and dtype.
        rate: 0 (stay) to 1 (copy); a copy is exact.
    """
    for average, weight in pairs:
        average.assign(tf.where(rate == 1.0, weight, average + rate * (weight - average)))


def untrained_copy(network: keras.Model) -> keras.Model:
    """A network of the same layers, names and weights, which the optimizer leaves alone."""
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy
