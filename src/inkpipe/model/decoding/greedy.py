"""The greedy decoder: fast, and without any knowledge of texts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.vocabulary import BLANK, Vocabulary
from inkpipe.model.decoding.decoder import check_finite
from inkpipe.model.prediction import Alternative, Prediction


class GreedyDecoder:
    """Best-path decoding (Graves et al. 2006): the likeliest class of each frame, repeats merged, blanks dropped.

    The confidence is the probability of that path: the product over all frames, each logit divided by the temperature.
    That of a character is its highest probability in the frames that stand for it.

    Args:
        vocabulary: the meaning of the classes.
        temperature: of the confidences, > 0.
        alternatives: how many the user asks for; the text itself is the only one.
    """

    def __init__(self, vocabulary: Vocabulary, temperature: float = 1.0, alternatives: int = 0) -> None:
        self.vocabulary, self.temperature, self.alternatives = vocabulary, temperature, alternatives

    def decode(self, logits: NDArray[np.float32]) -> list[Prediction]:
        """Decode a batch; see `Decoder.decode`."""
        check_finite(logits)
        paths = logits.argmax(axis=2)
        log_probabilities = best_log_probabilities(logits, self.temperature)
        totals = log_probabilities.sum(axis=1)
        uncalibrated = totals if self.temperature == 1 else best_log_probabilities(logits, 1.0).sum(axis=1)
        starts = np.ones(paths.shape, bool)
        starts[:, 1:] = paths[:, 1:] != paths[:, :-1]
        images = zip(paths, starts, log_probabilities, totals, uncalibrated, strict=True)
        return [self._prediction(*image) for image in images]

    def _prediction(
        self,
        path: NDArray[np.int64],
        starts: NDArray[np.bool_],
        frames: NDArray[np.float32],
        total: np.float32,
        uncalibrated: np.float32,
    ) -> Prediction:
        first = np.flatnonzero(starts)
        kept = path[first] != BLANK
        text = self.vocabulary.decode(path[first[kept]].tolist())
        confidence = float(np.exp(total))
        characters = np.exp(np.maximum.reduceat(frames, first)[kept]) if len(text) == kept.sum() else ()
        alternatives = (Alternative(text, confidence, float(total)),) if self.alternatives else ()
        before = float(np.exp(uncalibrated))
        return Prediction(text, confidence, tuple(map(float, characters)), alternatives, before).single_spaced()


def best_log_probabilities(logits: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """The logarithm of the probability of each frame's likeliest class.

    Args:
        logits: float32 (batch, frames, classes).
        temperature: by which the logits are divided.

    Returns:
        float32 (batch, frames).
    """
    highest = logits.max(axis=2, keepdims=True)
    # log softmax of the likeliest class: its logit is `highest`, which also keeps exp from overflowing
    return -np.log(np.exp((logits - highest) / np.float32(temperature)).sum(axis=2))
