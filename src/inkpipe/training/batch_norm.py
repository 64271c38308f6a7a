"""Batch norm's statistics, measured anew for given weights."""

from __future__ import annotations

from inkpipe.backend import keras, tf
from inkpipe.training.dropout import seed_dropout


class BatchNormStatistics:
    """Measures the statistics of all batch norms of a network on training images.

    Args:
        network: its layers may be frozen; they are not nested.
    """

    def __init__(self, network: keras.Model) -> None:
        self.network = network
        self.norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
        self.forward = tf.function(lambda images: network(images, training=True), reduce_retracing=True)

    def refresh(self, batches: tf.data.Dataset, *, seed: int, epoch: int) -> None:
        """Replace the moving means and variances of all batch norms by those over some training batches.

        Each batch counts as one, whatever the layers' momentum. The variance is that of all values, between batches
        too. Dropout is on, as it was while the weights were learned. Without batch norm nothing happens.

        Args:
            batches: pairs of images float32 (batch, height, width, 1) and labels, of equal size; at least one.
            seed: of the dropout masks.
            epoch: likewise, counted from 0.
        """
        if not self.norms:
            return
        seed_dropout(self.network, seed, epoch)
        frozen, self.network.trainable = not self.network.trainable, True  # a frozen norm would use what it has
        measured = [self._of_batch(images) for images, _ in batches]
        self.network.trainable = not frozen
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
