"""What all decoders share: their interface, what they may know of texts, and the check of their input."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.language_model import LanguageModel
from inkpipe.data.text_lines import Notify
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.model.decoding.lexicon import Lexicon
from inkpipe.model.prediction import Prediction


class Decoder(Protocol):
    """Finds the text of each image."""

    def decode(self, logits: NDArray[np.float32]) -> list[Prediction]:
        """Decode a batch.

        Args:
            logits: float32 (batch, frames, classes).

        Returns:
            A prediction for each image, in their order.

        Raises:
            InkpipeError: a logit is not a finite number.
        """
        ...


class Knowledge(NamedTuple):
    """What a decoder knows of texts, besides the image.

    Attributes:
        language_model: of the characters of the vocabulary.
        lexicon: the words that a text may consist of.
    """

    language_model: LanguageModel | None = None
    lexicon: Lexicon | None = None

    @classmethod
    def read(
        cls, language_model: Path, lexicon: str | None, vocabulary: Vocabulary, notify: Notify | None = None
    ) -> Knowledge:
        """Read what a training's decoder may know.

        Args:
            language_model: the file that the vocabulary stage leaves.
            lexicon: the word list that `decode.lexicon` names; None for any text.
            vocabulary: of both.
            notify: told how many lines of the word list were skipped; None if nobody listens.

        Raises:
            InkpipeError: a file is absent or cannot be used.
        """
        words = Lexicon.read(lexicon, vocabulary, notify) if lexicon else None
        return cls(LanguageModel.load(language_model), words)


def check_finite(logits: NDArray[np.float32]) -> None:
    """Refuse the output of a network whose training diverged.

    Args:
        logits: float32 (batch, frames, classes).

    Raises:
        InkpipeError: a logit is not a finite number.
    """
    if not np.isfinite(logits).all():
        first = logits[~np.isfinite(logits)][0]
        bad = sum(not np.isfinite(image).all() for image in logits)
        raise InkpipeError(
            f"The network's output is not a number for {bad:,} of {len(logits):,} images. Received: {first}. "
            "Its training diverged: lower `lr`, or clip gradients with train.clip_norm, and train again."
        )
