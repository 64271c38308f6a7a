"""What a recognizer answers for one image. Nothing here needs TensorFlow."""

from __future__ import annotations

from typing import NamedTuple

# The paper (see `inkpipe.model.networks`) counts this error rate for an image with an empty prediction.
EMPTY_PENALTY = 50.0


class Prediction(NamedTuple):
    """A recognized text.

    Attributes:
        text: the text, normalized as the training labels were; may be empty.
        confidence: the model's probability of this text, 0 to 1.
        characters: the model's probability of each character of the text, 0 to 1; empty if the decoder gives none.
        uncalibrated: the confidence before the decoder's calibration; None if the decoder calibrates nothing.
    """

    text: str
    confidence: float
    characters: tuple[float, ...] = ()
    uncalibrated: float | None = None
