"""`CTCOCRModel`: the network with its loss, metrics and decoder, the same in training and in serving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkpipe.backend import keras, tf
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.model.ctc import CharacterErrorRate, EmptyPenaltyCER, best_path, ctc_loss, sparse_labels
from inkpipe.model.decoding import Knowledge, build_decoder
from inkpipe.model.likelihood import text_log_ratios
from inkpipe.model.prediction import Prediction
from inkpipe.model.widths import logits_by_width
from inkpipe.params.decode import DecodeParams


def as_input(images: tf.Tensor) -> tf.Tensor:
    """Prepared images as the network takes them.

    Args:
        images: uint8 (batch, height, width), dark ink on white (255).

    Returns:
        float32 (batch, height, width, 1): background 0, full ink 1.
    """
    return 1.0 - tf.cast(images, tf.float32)[..., tf.newaxis] / 255.0


class CTCOCRModel(keras.Model):
    """A recognizer of text lines: a network that gives logits for each frame, trained and decoded by CTC.

    Attributes:
        network: Keras model, float32 (batch, height, width, 1) in [0, 1] -> logits (batch, frames, classes).
        vocabulary: the meaning of the classes.
        decode: the settings of the decoder.
        knowledge: what the decoder knows of texts.
        parts: layers by name that only training uses; checkpoints hold them, and the saved model does not.
    """

    def __init__(
        self,
        network: keras.Model,
        vocabulary: Vocabulary,
        decode: DecodeParams,
        knowledge: Knowledge | None = None,
        parts: Mapping[str, keras.layers.Layer] | None = None,
    ) -> None:
        super().__init__(name="ctc_ocr")
        self.network = network
        self.parts = dict(parts or {})
        self.vocabulary = vocabulary
        self.use_decoder(decode, knowledge or Knowledge())
        self.loss_mean = keras.metrics.Mean("loss")
        self.cer = CharacterErrorRate()
        self.cer_empty_penalty = EmptyPenaltyCER()
        self.build(network.input_shape)
        # One graph for all widths and numbers of images.
        given = tf.TensorSpec((None, *network.input_shape[1:3]), tf.uint8)
        self._logits = tf.function(lambda images: self(as_input(images), training=False), input_signature=[given])

    def use_decoder(self, decode: DecodeParams, knowledge: Knowledge) -> None:
        """Recognize with another decoder from now on.

        Args:
            decode: its settings.
            knowledge: what it knows of texts.

        Raises:
            InkpipeError: see `build_decoder`.
        """
        self.decoder = build_decoder(decode, self.vocabulary, knowledge)
        self.decode, self.knowledge = decode, knowledge

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Run the network.

        Args:
            images: float32 (batch, height, width, 1), see `as_input`.
            training: whether dropout and batch statistics are on.

        Returns:
            Logits, float32 (batch, frames, classes).
        """
        return self.network(images, training=training)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The metrics that Keras resets at the start of each epoch."""
        return [self.loss_mean, self.cer, self.cer_empty_penalty]

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, Any]:
        """Take one optimizer step.

        Only the validation pass computes error rates, so that training does not pay for decoding.

        Args:
            data: images float32 (batch, height, width, 1) and padded labels int32 (batch, longest).

        Returns:
            The mean loss of the epoch so far.
        """
        images, labels = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self.training_losses(images, labels))
            scaled = self.optimizer.scale_loss(loss)  # the loss itself, but for mixed_float16
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(scaled, variables), variables, strict=True))
        self.loss_mean.update_state(loss, sample_weight=tf.shape(labels)[0])
        return {"loss": self.loss_mean.result()}

    def training_losses(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """The loss of each image in training, which `inkpipe.training` extends.

        Args:
            images: float32 (batch, height, width, 1), see `as_input`.
            labels: padded class ids, int32 (batch, longest).

        Returns:
            float32 (batch,).
        """
        return self.losses(labels, self(images, training=True))

    def losses(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        """The loss of each image, by the criterion that the network is trained and validated with.

        Args:
            labels: padded class ids, int32 (batch, longest).
            logits: float32 (batch, frames, classes).

        Returns:
            float32 (batch,).
        """
        return ctc_loss(self.sparse(labels), logits)

    def test_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, Any]:
        """Score one batch by its best paths.

        Args:
            data: as of `train_step`.

        Returns:
            Loss, CER and the paper's CER of the pass so far.
        """
        images, labels = data
        truth, logits = self.sparse(labels), self(images, training=False)
        decoded = best_path(logits)
        self.loss_mean.update_state(self.losses(labels, logits))
        self.cer.update_state(truth, decoded)
        self.cer_empty_penalty.update_state(truth, decoded)
        return {metric.name: metric.result() for metric in self.metrics}

    def recognize(self, images: NDArray[np.uint8]) -> list[Prediction]:
        """Recognize prepared images with the model's decoder.

        Args:
            images: uint8 (batch, height, width), as `inkpipe.imaging.prepare` gives them.

        Returns:
            A prediction for each image, in their order.
        """
        return self.decoder.decode(self.logits(images))

    def logits(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The network's output for prepared images.

        Args:
            images: uint8 (batch, height, width), as `inkpipe.imaging.prepare` gives them.

        Returns:
            float32 (batch, frames, classes).
        """
        return logits_by_width(images, self._run) if self.network.input_shape[2] is None else self._run(images)

    def log_ratio(self, images: NDArray[np.uint8], texts: Sequence[str], others: Sequence[str]) -> NDArray[np.float64]:
        """Compare two texts for each image by the network alone, without decoder and its language model.

        Args:
            images: uint8 (batch, height, width), as of `recognize`.
            texts: a text for each image.
            others: another one for each.

        Returns:
            The natural logarithm of how many times likelier the text is than the other, float64 (batch,); NaN if the
            other has a character that the vocabulary lacks.
        """
        return text_log_ratios(self.logits(images), self.vocabulary, texts, others)

    def _run(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.asarray(self._logits(tf.convert_to_tensor(images, tf.uint8)).numpy(), np.float32)

    def sparse(self, labels: tf.Tensor) -> tf.SparseTensor:
        """Padded labels int32 (batch, longest) as a sparse tensor of their true lengths."""
        return sparse_labels(labels, self.vocabulary.padding)
