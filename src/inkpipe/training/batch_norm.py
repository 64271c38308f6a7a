"""Batch norm's statistics, measured anew for given weights."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from inkpipe.backend import keras, tf
from inkpipe.training.dropout import seed_dropout


class BatchNormStatistics:
    """Measures the statistics of the batch norms of a network on training images.

    Args:
        network: its layers may be frozen; they are not nested.
        kept: names of layers whose statistics stay as they are, and are used.
    """

    def __init__(self, network: keras.Model, kept: Collection[str] = ()) -> None:
        self.network = network
        norms = (layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization))
        self.norms = [norm for norm in norms if norm.name not in kept]
        self.forward = tf.function(lambda images: network(images, training=True), reduce_retracing=True)

    def refresh(self, batches: tf.data.Dataset, *, seed: int, epoch: int) -> None:
        """Replace the moving means and variances of the batch norms by those over some training batches.

        Each batch counts as one, the shorter last one of an epoch too, whatever the layers' momentum. The variance is
        that of all values, between batches too. Dropout is on, as it was while the weights were learned. Without batch
        norm nothing happens.

        Args:
            batches: pairs of images float32 (batch, height, width, 1) and labels; at least one.
            seed: of the dropout masks.
            epoch: likewise, counted from 0.
        """
        if not self.norms:
            return
        seed_dropout(self.network, seed, epoch)
        with _trainable(self.norms):  # a frozen norm would use what it has
            measured = [self._of_batch(images) for images, _ in batches]
        for norm, moments in zip(self.norms, zip(*measured, strict=True), strict=True):
            means, variances = (tf.stack(each) for each in zip(*moments, strict=True))
            norm.moving_mean.assign(tf.reduce_mean(means, 0))
            norm.moving_variance.assign(tf.reduce_mean(variances, 0) + tf.math.reduce_variance(means, 0))

    def _of_batch(self, images: tf.Tensor) -> list[tuple[tf.Tensor, tf.Tensor]]:
        """Mean and variance of a batch at each norm: from 0, a norm moves 1 - momentum of the way towards them."""
        for norm in self.norms:
            norm.moving_mean.assign(tf.zeros_like(norm.moving_mean.value))
            norm.moving_variance.assign(tf.zeros_like(norm.moving_variance.value))
        self.forward(images)
        return [
            (norm.moving_mean.value / (1 - norm.momentum), norm.moving_variance.value / (1 - norm.momentum))
            for norm in self.norms
        ]


@contextmanager
def _trainable(layers: Sequence[keras.layers.Layer]) -> Iterator[None]:
    """Let layers be trainable for a while."""
    before = [layer.trainable for layer in layers]
    for layer in layers:
        layer.trainable = True
    try:
        yield
    finally:
        for layer, was in zip(layers, before, strict=True):
            layer.trainable = was
