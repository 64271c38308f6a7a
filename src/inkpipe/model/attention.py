"""Self-attention over frames."""

from __future__ import annotations

from inkpipe.backend import keras
from inkpipe.model.positions import SinusoidalPositions
from inkpipe.params.model import AttentionParams

layers = keras.layers


def self_attention(x: keras.KerasTensor, params: AttentionParams) -> keras.KerasTensor:
    """Frames that have looked at all others.

    Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser and Polosukhin, "Attention is all you need" (2017), the
    encoder; normalization stands before each part, which trains without long warm-up: Xiong et al., "On layer
    normalization in the transformer architecture" (2020).

    Args:
        x: (batch, frames, units).
        params: `model.attention`.

    Returns:
        (batch, frames, units).
    """
    x = SinusoidalPositions(name="positions")(x)
    for index in range(1, params.blocks + 1):
        x = layers.Add(name=f"attention_{index}_add")([x, _attention(x, params, f"attention_{index}")])
        x = layers.Add(name=f"forward_{index}_add")([x, _feed_forward(x, params, f"forward_{index}")])
    return layers.LayerNormalization(name="attention_norm")(x)


def _attention(x: keras.KerasTensor, params: AttentionParams, name: str) -> keras.KerasTensor:
    x = layers.LayerNormalization(name=f"{name}_norm")(x)
    x = layers.MultiHeadAttention(params.heads, params.units // params.heads, name=name)(x, x)
    return layers.Dropout(params.dropout, name=f"{name}_dropout")(x)


def _feed_forward(x: keras.KerasTensor, params: AttentionParams, name: str) -> keras.KerasTensor:
    x = layers.LayerNormalization(name=f"{name}_norm")(x)
    x = layers.Dense(params.feed_forward, activation="relu", name=f"{name}_in")(x)
    x = layers.Dense(params.units, name=f"{name}_out")(x)
    return layers.Dropout(params.dropout, name=f"{name}_dropout")(x)
