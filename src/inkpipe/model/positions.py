"""Layers that know how many frames they are given. Importing this registers them, so that models load."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkpipe.backend import keras

LONGEST_WAVE = 10_000  # over 2 pi, in frames: the publication's
ops = keras.ops


@keras.saving.register_keras_serializable(package="inkpipe")
class SinusoidalPositions(keras.layers.Layer):
    """Adds to each frame what tells its position: sines and cosines of growing wavelength (Vaswani et al. 2017).

    Sines stand in the even values of each frame, cosines in the odd ones.
    """

    def call(self, frames: Any) -> Any:
        """Add the positions to frames float32 (batch, frames, values)."""
        rates, phases = waves(frames.shape[-1])
        places = ops.cast(ops.arange(ops.shape(frames)[1]), "float32")
        return frames + ops.cast(ops.sin(places[:, None] * rates + phases), frames.dtype)


@keras.saving.register_keras_serializable(package="inkpipe")
class MeanAtEach(keras.layers.Layer):
    """The mean of all frames, at the place of each of them."""

    def call(self, frames: Any) -> Any:
        """Replace frames float32 (batch, frames, values) by their mean."""
        return ops.broadcast_to(ops.mean(frames, axis=1, keepdims=True), ops.shape(frames))


def waves(values: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The waves that tell a position p: sin(p * rate + phase).

    Args:
        values: of each frame.

    Returns:
        Rates and phases in radians, float32 (values,) each; a cosine is a sine a quarter of a turn ahead.
    """
    index = np.arange(values)
    rates = 1 / LONGEST_WAVE ** (2 * (index // 2) / values)
    return rates.astype(np.float32), (np.pi / 2 * (index % 2)).astype(np.float32)
