"""The body of a network: the layers below those of recurrence and attention, which see strokes and not yet texts.

They are told by their names: a layer of the body has one that begins with a word of `BODY`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

BODY = ("conv", "dense", "project", "features")


def body_layers(network: keras.Model) -> list[keras.layers.Layer]:
    """The layers of a network's body that have weights.

    Args:
        network: with named layers.
    """
    return [layer for layer in network.layers if layer.name.startswith(BODY) and layer.weights]


def freeze_body(network: keras.Model) -> None:
    """Keep the body as it is: training changes neither its weights nor the statistics of its batch norms."""
    for layer in body_layers(network):
        layer.trainable = False


def unfreeze_body(network: keras.Model) -> None:
    """Let the body be trained again: a saved model does not tell which of its layers were frozen."""
    for layer in body_layers(network):
        layer.trainable = True  # each by itself: Keras leaves layers alone if the network's own flag does not change
