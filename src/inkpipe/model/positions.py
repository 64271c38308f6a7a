"""Positions of frames, for networks without recurrence. Importing this registers the layer, so that models load."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkpipe.backend import keras

LONGEST_WAVE = 10_000  # over 2 pi, in frames: the publication's


@keras.saving.register_keras_serializable(package="inkpipe")
class SinusoidalPositions(keras.layers.Layer):
    """Adds to each frame what tells its position: sines and cosines of growing wavelength (Vaswani et al. 2017)."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Compute the positions.

        Args:
            input_shape: (batch, frames, values); frames and values are known.
        """
        _, frames, values = input_shape
        self.positions = keras.ops.convert_to_tensor(sinusoids(int(frames or 0), int(values or 0)))
        self.built = True

    def call(self, frames: Any) -> Any:
        """Add the positions to frames float32 (batch, frames, values)."""
        return frames + keras.ops.cast(self.positions, frames.dtype)


def sinusoids(frames: int, values: int) -> NDArray[np.float32]:
    """Sines in the even values of each frame, cosines in the odd ones.

    Args:
        frames: how many.
        values: of each frame.

    Returns:
        float32 (frames, values).
    """
    index = np.arange(values)
    angles = np.arange(frames)[:, None] / LONGEST_WAVE ** (2 * (index // 2) / values)
    return np.where(index % 2 == 0, np.sin(angles), np.cos(angles)).astype(np.float32)
