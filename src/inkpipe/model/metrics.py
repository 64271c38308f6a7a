"""Error rates as Keras metrics, accumulated over a whole split rather than averaged over batches."""

from __future__ import annotations

import keras
import tensorflow as tf

from inkpipe.model.decoding import edit_distances, lengths

EMPTY_PENALTY = 50.0


class CharacterErrorRate(keras.metrics.Metric):
    """CER: the sum of edits over the sum of reference characters."""

    def __init__(self, name: str = "cer") -> None:
        super().__init__(name=name)
        self.edits = self.add_weight(name="edits", initializer="zeros")
        self.characters = self.add_weight(name="characters", initializer="zeros")

    def update_state(self, labels: tf.SparseTensor, decoded: tf.SparseTensor) -> None:
        """Count a batch: class ids of labels and of readings, sparse (batch, longest)."""
        self.edits.assign_add(tf.reduce_sum(edit_distances(labels, decoded)))
        self.characters.assign_add(tf.reduce_sum(lengths(labels)))

    def result(self) -> tf.Tensor:
        """The rate so far; 0 before the first batch."""
        return tf.math.divide_no_nan(self.edits.value, self.characters.value)


class EmptyPenaltyCER(keras.metrics.Mean):
    """The paper's metric: the mean over images of edits / label length, where an empty reading counts 50.0."""

    def __init__(self, name: str = "cer_empty_penalty") -> None:
        super().__init__(name=name)

    def update_state(self, labels: tf.SparseTensor, decoded: tf.SparseTensor) -> None:
        """Count a batch: class ids of labels and of readings, sparse (batch, longest)."""
        rates = edit_distances(labels, decoded) / tf.maximum(lengths(labels), 1.0)
        empty = lengths(decoded) == 0
        super().update_state(tf.where(empty, EMPTY_PENALTY, rates))
