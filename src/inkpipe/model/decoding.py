"""Decoders: from the logits of frames to texts. Nothing here needs TensorFlow.

To add a decoder, write a class with `decode`, add it to `DECODERS`, and declare its settings in
`inkpipe.params.decode` and in the `decode` section of params.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.vocabulary import BLANK, Vocabulary
from inkpipe.model.prediction import Prediction
from inkpipe.params.decode import DecodeParams


class Decoder(Protocol):
    """Finds the text of each image."""

    def decode(self, logits: NDArray[np.float32]) -> list[Prediction]:
        """Decode a batch.

        Args:
            logits: float32 (batch, frames, classes).

        Returns:
            A prediction for each image, in their order.
        """
        ...


class GreedyDecoder:
    """Best-path decoding (Graves et al. 2006): the likeliest class of each frame, repeats merged, blanks dropped.

    The confidence is the probability of that path: the product over all frames.

    Args:
        vocabulary: the meaning of the classes.
    """

    def __init__(self, vocabulary: Vocabulary, params: DecodeParams) -> None:
        self.vocabulary = vocabulary

    def decode(self, logits: NDArray[np.float32]) -> list[Prediction]:
        """Decode a batch; see `Decoder.decode`."""
        paths = logits.argmax(axis=2)
        highest = logits.max(axis=2, keepdims=True)
        # log softmax of the likeliest class: its logit is `highest`, which also keeps exp from overflowing
        log_probabilities = -np.log(np.exp(logits - highest).sum(axis=2))
        confidences = np.exp(log_probabilities.sum(axis=1))
        starts = np.ones(paths.shape, bool)
        starts[:, 1:] = paths[:, 1:] != paths[:, :-1]
        return [
            Prediction(self.vocabulary.decode(path[kept].tolist()), float(confidence))
            for path, kept, confidence in zip(paths, starts & (paths != BLANK), confidences, strict=True)
        ]


DECODERS: Mapping[str, Callable[[Vocabulary, DecodeParams], Decoder]] = {"greedy": GreedyDecoder}


def build_decoder(params: DecodeParams, vocabulary: Vocabulary) -> Decoder:
    """The decoder that `decode.method` names.

    Args:
        params: the settings that the model was saved with.
        vocabulary: the meaning of the classes.
    """
    return DECODERS[params.method](vocabulary, params)
