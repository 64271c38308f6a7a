"""From logits to class ids, and CTC's loss and error rates: all in TensorFlow's graph."""

from __future__ import annotations

import tensorflow as tf

from inkpipe.vocabulary import BLANK


def greedy_decode(logits: tf.Tensor) -> tuple[tf.SparseTensor, tf.Tensor]:
    """Best-path decoding (Graves et al. 2006): the likeliest class of each frame, repeats merged, blanks dropped.

    Args:
        logits: float32 (batch, frames, classes).

    Returns:
        The class ids, int64 sparse (batch, at most frames), and the best path's probability, float32 (batch,).
    """
    log_probabilities = tf.nn.log_softmax(logits)
    time_major = tf.transpose(log_probabilities, (1, 0, 2))
    (decoded,), negative_sums = tf.nn.ctc_greedy_decoder(time_major, _all_frames(logits), blank_index=BLANK)
    return decoded, tf.exp(-negative_sums[:, 0])


def ctc_loss(labels: tf.SparseTensor, logits: tf.Tensor) -> tf.Tensor:
    """Connectionist temporal classification (Graves et al. 2006), float32 (batch,), every frame in use.

    Sparse labels select TensorFlow's compiled kernel, several times faster on CPU than the dense form.
    """
    return tf.nn.ctc_loss(labels, logits, None, _all_frames(logits), logits_time_major=False, blank_index=BLANK)


def sparse_labels(labels: tf.Tensor, padding: int) -> tf.SparseTensor:
    """Labels int32 (batch, longest) padded with `padding` as a sparse tensor of their true lengths."""
    kept = tf.where(labels != padding)
    return tf.SparseTensor(kept, tf.gather_nd(labels, kept), tf.shape(labels, out_type=tf.int64))


def edit_distances(labels: tf.SparseTensor, decoded: tf.SparseTensor) -> tf.Tensor:
    """Levenshtein distance of each decoded sequence from its label, float32 (batch,)."""
    rows = tf.maximum(labels.dense_shape, decoded.dense_shape)  # tf.edit_distance wants equal outer shapes
    truth = tf.SparseTensor(labels.indices, tf.cast(labels.values, tf.int64), rows)
    read = tf.SparseTensor(decoded.indices, decoded.values, rows)
    return tf.reshape(tf.edit_distance(read, truth, normalize=False), [-1])  # its rank is unknown in a graph


def lengths(sequences: tf.SparseTensor) -> tf.Tensor:
    """How many ids each row of a sparse tensor holds, float32 (batch,)."""
    ones = tf.ones_like(sequences.indices[:, 0], tf.float32)
    return tf.math.unsorted_segment_sum(ones, sequences.indices[:, 0], tf.cast(sequences.dense_shape[0], tf.int32))


def _all_frames(logits: tf.Tensor) -> tf.Tensor:
    shape = tf.shape(logits)
    return tf.fill([shape[0]], shape[1])
