"""The model while it is trained: the recognizer with what only its training needs."""

from __future__ import annotations

from inkpipe.backend import keras, tf
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.model.attention_decoder import attention_logits, cross_entropy
from inkpipe.model.blanks import position_logits
from inkpipe.model.ctc import ctc_loss, lengths
from inkpipe.model.decoding import Knowledge
from inkpipe.model.networks import FRAMES, LOGITS
from inkpipe.model.ocr import CTCOCRModel
from inkpipe.params.decode import DecodeParams
from inkpipe.params.model import ConvolutionalParams, ModelParams
from inkpipe.params.train import TrainParams
from inkpipe.training.averaging import untrained_copy
from inkpipe.training.noise_guard import guarded_losses

AUXILIARY, DECODER = "auxiliary_logits", "decoder_logits"  # the heads that only training has
AUXILIARY_KERNEL = 3  # frames that a logit of the auxiliary head sees, as in the publication


class TrainingModel(CTCOCRModel):
    """A recognizer with its training-only parts. They are saved with checkpoints, and not with the model.

    Args:
        network: the recognizer's.
        vocabulary: the meaning of the classes.
        decode: the settings of the decoder.
        knowledge: what the decoder knows of texts.
        params: the `model` section.
        training: the `train` section.
    """

    def __init__(
        self,
        network: keras.Model,
        vocabulary: Vocabulary,
        decode: DecodeParams,
        knowledge: Knowledge,
        params: ModelParams,
        training: TrainParams,
    ) -> None:
        heads = _training_heads(network, vocabulary.classes, params, training)
        parts: dict[str, keras.Model] = {}
        if heads:
            parts["branched"] = keras.Model(network.input, {LOGITS: network.output, **heads}, name="branched")
        if training.averaging != "none":
            parts["averaged"] = untrained_copy(network)
        super().__init__(network, vocabulary, decode, knowledge, parts)
        self.settings, self.auxiliary_weight = training, _auxiliary_weight(params)

    @property
    def evaluated(self) -> keras.Model:
        """The network that is validated and kept: the average of weights, if there is one."""
        return self.parts.get("averaged", self.network)

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Run the network in training, and the one to keep otherwise; see `CTCOCRModel.call`."""
        return (self.network if training else self.evaluated)(images, training=training)

    def training_losses(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """The loss of each image, the weighted sum over all heads; see `CTCOCRModel.training_losses`."""
        branched = self.parts.get("branched")
        logits = branched(images, training=True) if branched else {LOGITS: self(images, training=True)}
        weight = self.settings.cross_entropy_weight if DECODER in logits else 0.0
        total = (1.0 - weight) * self._guarded(self.losses(labels, logits[LOGITS]), labels)
        if DECODER in logits:
            decoder = cross_entropy(labels, logits[DECODER], self.vocabulary.padding)
            total += weight * self._guarded(decoder, labels)
        if AUXILIARY in logits:
            total += self.auxiliary_weight * self._guarded(ctc_loss(self.sparse(labels), logits[AUXILIARY]), labels)
        return total

    def losses(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        """The loss of each image; see `CTCOCRModel.losses`."""
        if self.settings.loss == "cross_entropy":
            return cross_entropy(labels, position_logits(logits), self.vocabulary.padding)
        return super().losses(labels, logits)

    def _guarded(self, losses: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        if not self.settings.label_noise_guard:
            return losses
        return guarded_losses(losses, lengths(self.sparse(labels)), self.settings.label_noise_guard)


def _training_heads(
    network: keras.Model, classes: int, params: ModelParams, training: TrainParams
) -> dict[str, keras.KerasTensor]:
    """Further logits by name, which share the layers of the network and of which only training has a use."""
    heads = {}
    if _auxiliary_weight(params) and training.freeze != "body":  # it would teach layers that do not learn
        heads[AUXILIARY] = auxiliary_logits(network, classes)
    if training.loss == "hybrid":
        heads[DECODER] = attention_logits(network, classes, params.attention_decoder, DECODER)
    return heads


def _auxiliary_weight(params: ModelParams) -> float:
    given = params.network
    return given.auxiliary_weight if isinstance(given, ConvolutionalParams) else 0.0


def auxiliary_logits(network: keras.Model, classes: int) -> keras.KerasTensor:
    """Logits from the convolutions of a network alone, which so learn to tell letters by themselves.

    Retsinas, Sfikas, Gatos and Nikou, "Best practices for a handwritten text recognition system" (2022), call it the
    CTC shortcut: a convolution over the frames, trained beside the recurrent layers and dropped afterwards.

    Args:
        network: one with convolutions.
        classes: logits of each frame.

    Returns:
        float32 (batch, frames, classes).
    """
    head = keras.layers.Conv1D(classes, AUXILIARY_KERNEL, padding="same", dtype="float32", name=AUXILIARY)
    return head(network.get_layer(FRAMES).output)
