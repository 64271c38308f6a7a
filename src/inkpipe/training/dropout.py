"""Dropout masks that follow from the seed and the epoch, so that a resumed training drops the same units."""

from __future__ import annotations

from inkpipe.backend import keras


def seed_dropout(network: keras.Model, seed: int, epoch: int) -> None:
    """Derive the masks of a network's dropout layers anew.

    Args:
        network: its layers are not nested.
        seed: of the training.
        epoch: counted from 0.
    """
    for index, layer in enumerate(network.layers):
        if isinstance(layer, keras.layers.Dropout) and layer.rate > 0:
            layer.seed_generator.state.assign([(seed + index) % 2**32, epoch << 20])
