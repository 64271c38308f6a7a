"""An attention decoder: instead of a class for each frame it gives one for each position of the text.

Each position looks for its character among all frames, and all positions do so at once, as the parallel visual
attention of Yu et al., "Towards accurate scene text recognition with semantic reasoning networks" (2020). A decoder
that writes one character after the other would need a step of the network for each.
"""

from __future__ import annotations

from inkpipe.backend import keras, tf
from inkpipe.data.vocabulary import BLANK
from inkpipe.model.attention import cross_attention
from inkpipe.model.blanks import BlankAfterEach
from inkpipe.model.networks import LOGITS, class_logits
from inkpipe.params.model import AttentionDecoderParams


def attention_logits(
    network: keras.Model, classes: int, params: AttentionDecoderParams, name: str
) -> keras.KerasTensor:
    """The decoder's logits on top of a network, of as many positions as the network has frames.

    Args:
        network: as `build_network` makes it.
        classes: logits of each position; `BLANK` stands behind the end of the text.
        params: `model.attention_decoder`.
        name: of the layer that gives the logits.

    Returns:
        (batch, positions, classes).
    """
    frames = network.get_layer(LOGITS).input
    return class_logits(cross_attention(frames, params), classes, name)


def decode_by_attention(network: keras.Model, classes: int, params: AttentionDecoderParams) -> keras.Model:
    """A network whose logits are those of an attention decoder; see `attention_logits` for the arguments.

    Returns:
        Images float32 (batch, height, width, 1) -> logits (batch, 2 * positions, classes), see `BlankAfterEach`.
    """
    logits = attention_logits(network, classes, params, LOGITS)
    return keras.Model(network.input, BlankAfterEach(name="blank_after_each")(logits), name=network.name)


def cross_entropy(labels: tf.Tensor, logits: tf.Tensor, padding: int) -> tf.Tensor:
    """The cross-entropy of each text: the sum over all positions, those behind its end included.

    Args:
        labels: class ids, int32 (batch, longest), filled up with `padding`; none is longer than there are positions.
        logits: float32 (batch, positions, classes).
        padding: the id that is no class.

    Returns:
        float32 (batch,).
    """
    targets = tf.where(labels == padding, BLANK, labels)
    targets = tf.pad(targets, [[0, 0], [0, tf.shape(logits)[1] - tf.shape(targets)[1]]], constant_values=BLANK)
    return tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits), axis=1)
