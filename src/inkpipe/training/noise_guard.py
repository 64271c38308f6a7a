"""A guard against wrong labels."""

from __future__ import annotations

from inkpipe.backend import tf


def guarded_losses(losses: tf.Tensor, lengths: tf.Tensor, q: float) -> tf.Tensor:
    """Losses whose pull fades where the network finds the label unlikely, as it does with wrong labels.

    Zhang and Sabuncu, "Generalized cross entropy loss for training deep neural networks with noisy labels" (2018):
    (1 - p^q) / q in place of -log p. Here p is the geometric mean of the probability of a label's characters, and the
    result is scaled by their number, so that a q near 0 gives the loss itself. The gradient is that of the loss times
    p^q.

    Args:
        losses: -log of the probability of each label, float32 (batch,), >= 0.
        lengths: characters of each label, float32 (batch,).
        q: > 0 to 1; the larger, the less an unlikely label counts.

    Returns:
        float32 (batch,).
    """
    characters = tf.maximum(lengths, 1.0)
    return -characters * tf.math.expm1(-q * losses / characters) / q
