"""Attention: of frames to each other, and of the positions of a text to frames."""

from __future__ import annotations

from inkpipe.backend import keras
from inkpipe.model.positions import MeanAtEach, SinusoidalPositions
from inkpipe.params.model import AttentionDecoderParams, AttentionParams

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
        attended = _attention(x, None, params, f"attention_{index}")
        attended = layers.Dropout(params.dropout, name=f"attention_{index}_dropout")(attended)
        x = layers.Add(name=f"attention_{index}_add")([x, attended])
        passed = _feed_forward(x, params, f"forward_{index}")
        passed = layers.Dropout(params.dropout, name=f"forward_{index}_dropout")(passed)
        x = layers.Add(name=f"forward_{index}_add")([x, passed])
    return layers.LayerNormalization(name="attention_norm")(x)


def cross_attention(frames: keras.KerasTensor, params: AttentionDecoderParams) -> keras.KerasTensor:
    """Positions of a text that have looked at all frames.

    A position begins as the mean of all frames and its own number. The decoder of Vaswani et al. (2017) without
    attention of positions to each other: what stands beside a character is already in its frames.

    Args:
        frames: (batch, frames, values).
        params: `model.attention_decoder`.

    Returns:
        As many positions as there are frames, (batch, frames, units).
    """
    seen = layers.Dense(params.units, name="decoder_frames")(frames)
    x = SinusoidalPositions(name="decoder_positions")(MeanAtEach(name="decoder_mean")(seen))
    seen = SinusoidalPositions(name="decoder_frame_positions")(seen)
    for index in range(1, params.blocks + 1):
        attended = _attention(x, seen, params, f"decoder_attention_{index}")
        x = layers.Add(name=f"decoder_attention_{index}_add")([x, attended])
        passed = _feed_forward(x, params, f"decoder_forward_{index}")
        x = layers.Add(name=f"decoder_forward_{index}_add")([x, passed])
    return layers.LayerNormalization(name="decoder_norm")(x)


def _attention(
    x: keras.KerasTensor, frames: keras.KerasTensor | None, params: AttentionParams | AttentionDecoderParams, name: str
) -> keras.KerasTensor:
    """What `x` sees of other frames; None for its own."""
    x = layers.LayerNormalization(name=f"{name}_norm")(x)
    attention = layers.MultiHeadAttention(params.heads, params.units // params.heads, name=name)
    return attention(x, x if frames is None else frames)


def _feed_forward(
    x: keras.KerasTensor, params: AttentionParams | AttentionDecoderParams, name: str
) -> keras.KerasTensor:
    x = layers.LayerNormalization(name=f"{name}_norm")(x)
    x = layers.Dense(params.feed_forward, activation="relu", name=f"{name}_in")(x)
    return layers.Dense(params.units, name=f"{name}_out")(x)
