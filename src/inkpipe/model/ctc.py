"""CTC in TensorFlow's graph: the loss, and error rates of the best path as Keras metrics.

Connectionist temporal classification: Graves, Fernández, Gomez and Schmidhuber, "Connectionist temporal
classification: labelling unsegmented sequence data with recurrent neural networks" (2006).
"""

from __future__ import annotations

from inkpipe.backend import keras, tf
from inkpipe.data.vocabulary import BLANK
from inkpipe.model.prediction import EMPTY_PENALTY


def ctc_loss(labels: tf.SparseTensor, logits: tf.Tensor) -> tf.Tensor:
    """The CTC loss. All frames count, also those of the empty part of an image.

    Sparse labels select TensorFlow's compiled kernel, several times faster on CPU than the dense form.

    Args:
        labels: class ids, int32 sparse (batch, longest).
        logits: float32 (batch, frames, classes).

    Returns:
        The loss of each image, float32 (batch,).
    """
    return tf.nn.ctc_loss(labels, logits, None, _all_frames(logits), logits_time_major=False, blank_index=BLANK)


def best_path(logits: tf.Tensor) -> tf.SparseTensor:
    """The likeliest class of each frame, repeats merged, blanks dropped.

    Args:
        logits: float32 (batch, frames, classes).

    Returns:
        Class ids, int64 sparse (batch, at most frames).
    """
    time_major = tf.transpose(logits, (1, 0, 2))
    (decoded,), _ = tf.nn.ctc_greedy_decoder(time_major, _all_frames(logits), blank_index=BLANK)
    return decoded


def sparse_labels(labels: tf.Tensor, padding: int) -> tf.SparseTensor:
    """Padded labels as a sparse tensor of their true lengths.

    Args:
        labels: class ids, int32 (batch, longest), filled up with `padding`.
        padding: the id that is no class.

    Returns:
        int32 sparse (batch, longest).
    """
    kept = tf.where(labels != padding)
    return tf.SparseTensor(kept, tf.gather_nd(labels, kept), tf.shape(labels, out_type=tf.int64))


def edit_distances(labels: tf.SparseTensor, decoded: tf.SparseTensor) -> tf.Tensor:
    """The Levenshtein distance of each decoded sequence from its label.

    Args:
        labels: class ids, integer sparse (batch, longest label).
        decoded: class ids, int64 sparse (batch, longest sequence).

    Returns:
        float32 (batch,).
    """
    shape = tf.maximum(labels.dense_shape, decoded.dense_shape)  # tf.edit_distance needs equal outer shapes
    reference = tf.SparseTensor(labels.indices, tf.cast(labels.values, tf.int64), shape)
    hypothesis = tf.SparseTensor(decoded.indices, decoded.values, shape)
    distances = tf.edit_distance(hypothesis, reference, normalize=False)
    return tf.reshape(distances, [-1])  # in a graph its rank is unknown


def lengths(sequences: tf.SparseTensor) -> tf.Tensor:
    """The number of ids in each row of a sparse tensor (batch, longest), float32 (batch,)."""
    ones = tf.ones_like(sequences.indices[:, 0], tf.float32)
    return tf.math.unsorted_segment_sum(ones, sequences.indices[:, 0], tf.cast(sequences.dense_shape[0], tf.int32))


class CharacterErrorRate(keras.metrics.Metric):
    """The character error rate (CER) of a split: the sum of edits over the sum of label characters."""

    def __init__(self, name: str = "cer") -> None:
        super().__init__(name=name)
        self.edits = self.add_weight(name="edits", initializer="zeros")
        self.characters = self.add_weight(name="characters", initializer="zeros")

    def update_state(self, labels: tf.SparseTensor, decoded: tf.SparseTensor) -> None:
        """Count a batch.

        Args:
            labels: class ids, integer sparse (batch, longest label).
            decoded: class ids, int64 sparse (batch, longest sequence).
        """
        self.edits.assign_add(tf.reduce_sum(edit_distances(labels, decoded)))
        self.characters.assign_add(tf.reduce_sum(lengths(labels)))

    def result(self) -> tf.Tensor:
        """The rate so far; 0 before the first batch."""
        return tf.math.divide_no_nan(self.edits.value, self.characters.value)


class EmptyPenaltyCER(keras.metrics.Mean):
    """The paper's error rate: the mean of edits / label length, where an empty prediction counts `EMPTY_PENALTY`."""

    def __init__(self, name: str = "cer_empty_penalty") -> None:
        super().__init__(name=name)

    def update_state(self, labels: tf.SparseTensor, decoded: tf.SparseTensor) -> None:
        """Count a batch; arguments as of `CharacterErrorRate.update_state`."""
        rates = edit_distances(labels, decoded) / tf.maximum(lengths(labels), 1.0)
        super().update_state(tf.where(lengths(decoded) == 0, EMPTY_PENALTY, rates))


def _all_frames(logits: tf.Tensor) -> tf.Tensor:
    shape = tf.shape(logits)
    return tf.fill([shape[0]], shape[1])
