"""The model while it is trained: the recognizer with what only its training needs."""

from __future__ import annotations

from inkpipe.backend import keras, tf
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.model.ctc import ctc_loss, lengths
from inkpipe.model.decoding import Knowledge
from inkpipe.model.networks import FRAMES
from inkpipe.model.ocr import CTCOCRModel
from inkpipe.params.decode import DecodeParams
from inkpipe.params.model import ConvolutionalParams, ModelParams
from inkpipe.params.train import TrainParams
from inkpipe.training.averaging import untrained_copy
from inkpipe.training.noise_guard import guarded_losses

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
        given = params.network
        auxiliary_weight = given.auxiliary_weight if isinstance(given, ConvolutionalParams) else 0.0
        parts: dict[str, keras.Model] = {}
        if auxiliary_weight:
            parts["branched"] = with_auxiliary_head(network, vocabulary.classes)
        if training.averaging != "none":
            parts["averaged"] = untrained_copy(network)
        super().__init__(network, vocabulary, decode, knowledge, parts)
        self.auxiliary_weight, self.noise_guard = auxiliary_weight, training.label_noise_guard

    @property
    def evaluated(self) -> keras.Model:
        """The network that is validated and kept: the average of weights, if there is one."""
        return self.parts.get("averaged", self.network)

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Run the network in training, and the one to keep otherwise; see `CTCOCRModel.call`."""
        return (self.network if training else self.evaluated)(images, training=training)

    def training_losses(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """The loss of each image; see `CTCOCRModel.training_losses`."""
        if not self.auxiliary_weight:
            return self._guarded(super().training_losses(images, labels), labels)
        truth, (logits, auxiliary) = self.sparse(labels), self.parts["branched"](images, training=True)
        main = self._guarded(ctc_loss(truth, logits), labels)
        return main + self.auxiliary_weight * self._guarded(ctc_loss(truth, auxiliary), labels)

    def _guarded(self, losses: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        if not self.noise_guard:
            return losses
        return guarded_losses(losses, lengths(self.sparse(labels)), self.noise_guard)


def with_auxiliary_head(network: keras.Model, classes: int) -> keras.Model:
    """A network that also gives logits from its convolutions alone, which so learn to tell letters by themselves.

    Retsinas, Sfikas, Gatos and Nikou, "Best practices for a handwritten text recognition system" (2022), call it the
    CTC shortcut: a convolution over the frames, trained beside the recurrent layers and dropped afterwards.

    Args:
        network: one with convolutions.
        classes: logits of each frame.

    Returns:
        Images float32 (batch, height, width, 1) -> logits and auxiliary logits, both (batch, frames, classes). It
        shares the layers of `network`.
    """
    head = keras.layers.Conv1D(classes, AUXILIARY_KERNEL, padding="same", name="auxiliary_logits")
    auxiliary = head(network.get_layer(FRAMES).output)
    return keras.Model(network.inputs, [network.output, auxiliary], name="branched")
