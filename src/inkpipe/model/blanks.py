"""Positions of a text as frames. Importing this registers the layer, so that models load."""

from __future__ import annotations

from typing import Any

from inkpipe.backend import keras, tf
from inkpipe.data.vocabulary import BLANK

CERTAIN = 30.0  # logit of a blank that stands between two positions: all else has a probability below 1e-12


@keras.saving.register_keras_serializable(package="inkpipe")
class BlankAfterEach(keras.layers.Layer):
    """Puts a frame that is certainly blank after each position, so that every CTC decoder reads positions as frames.

    Equal neighbors are then two characters. Positions behind the text are blank themselves.
    """

    def call(self, logits: Any) -> Any:
        """Logits of positions, (batch, positions, classes), as those of frames, (batch, 2 * positions, classes)."""
        classes = logits.shape[2]
        blank = CERTAIN * keras.ops.one_hot(BLANK, classes, dtype=logits.dtype)
        blanks = keras.ops.zeros_like(logits) + blank
        frames = 2 * keras.ops.shape(logits)[1]
        return keras.ops.reshape(keras.ops.stack([logits, blanks], axis=2), (-1, frames, classes))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape of the frames."""
        batch, positions, classes = input_shape
        return batch, positions and 2 * positions, classes


def position_logits(logits: tf.Tensor) -> tf.Tensor:
    """What `BlankAfterEach` was given, (batch, positions, classes), of what it gave."""
    return logits[:, ::2]
