"""`CTCOCRModel`: the network with its loss, metrics and decoding, the same in training and in serving."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from inkpipe.model.decoding import ctc_loss, greedy_decode, sparse_labels
from inkpipe.model.metrics import CharacterErrorRate, EmptyPenaltyCER
from inkpipe.vocabulary import Vocabulary


def as_input(images: tf.Tensor) -> tf.Tensor:
    """Prepared images uint8 (batch, height, width) as float32 (batch, height, width, 1): paper 0, full ink 1."""
    return 1.0 - tf.cast(images, tf.float32)[..., tf.newaxis] / 255.0


class CTCOCRModel(keras.Model):
    """A reader of text lines: a network that gives logits for each frame, trained and decoded by CTC.

    Attributes:
        network: Keras model, float32 (batch, height, width, 1) in [0, 1] -> logits (batch, frames, classes).
        vocabulary: what the classes stand for.
    """

    def __init__(self, network: keras.Model, vocabulary: Vocabulary) -> None:
        super().__init__(name="ctc_ocr")
        self.network = network
        self.vocabulary = vocabulary
        self.loss_mean = keras.metrics.Mean("loss")
        self.cer = CharacterErrorRate()
        self.penalised_cer = EmptyPenaltyCER()
        self.build(network.input_shape)

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Logits, float32 (batch, frames, classes), of float32 images (batch, height, width, 1)."""
        return self.network(images, training=training)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """What Keras resets at the start of each epoch."""
        return [self.loss_mean, self.cer, self.penalised_cer]

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, Any]:
        """One optimiser step on images and padded labels int32 (batch, longest); reports the mean loss.

        Error rates are left to the validation pass, so that training does not pay for decoding.
        """
        images, labels = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(ctc_loss(self._sparse(labels), self(images, training=True)))
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        self.loss_mean.update_state(loss, sample_weight=tf.shape(labels)[0])
        return {"loss": self.loss_mean.result()}

    def test_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, Any]:
        """Loss, CER and the paper's penalised CER on images and padded labels."""
        images, labels = data
        truth, logits = self._sparse(labels), self(images, training=False)
        decoded, _ = greedy_decode(logits)
        self.loss_mean.update_state(ctc_loss(truth, logits))
        self.cer.update_state(truth, decoded)
        self.penalised_cer.update_state(truth, decoded)
        return {metric.name: metric.result() for metric in self.metrics}

    def read(self, images: np.ndarray) -> list[tuple[str, float]]:
        """Read prepared images.

        Args:
            images: uint8 (batch, height, width), as `inkpipe.imaging.prepare` gives them.

        Returns:
            For each image its text and the probability of the best path, in [0, 1].
        """
        decoded, confidences = self._decode(tf.convert_to_tensor(images, tf.uint8))
        ids: list[list[int]] = [[] for _ in range(len(images))]
        for row, value in zip(decoded.indices.numpy()[:, 0], decoded.values.numpy(), strict=True):
            ids[row].append(int(value))
        return [
            (self.vocabulary.decode(row), float(confidence))
            for row, confidence in zip(ids, confidences.numpy(), strict=True)
        ]

    @tf.function(reduce_retracing=True)
    def _decode(self, images: tf.Tensor) -> tuple[tf.SparseTensor, tf.Tensor]:
        return greedy_decode(self(as_input(images), training=False))

    def _sparse(self, labels: tf.Tensor) -> tf.SparseTensor:
        return sparse_labels(labels, self.vocabulary.padding)
