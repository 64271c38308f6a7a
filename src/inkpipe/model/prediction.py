"""What a recognizer answers for one image. Nothing here needs TensorFlow."""

from __future__ import annotations

import math
from typing import NamedTuple

# The paper (see `inkpipe.model.networks`) counts this error rate for an image with an empty prediction.
EMPTY_PENALTY = 50.0
SMALLEST = 1e-6  # confidence of a character that counts in a geometric mean, which a single 0 would make 0


class Alternative(NamedTuple):
    """One of the likeliest texts of an image.

    Attributes:
        text: as of a prediction.
        confidence: the model's probability of this text, 0 to 1.
        score: by which the decoder ranks texts; a natural logarithm, comparable within one image alone.
    """

    text: str
    confidence: float
    score: float


class Prediction(NamedTuple):
    """A recognized text.

    Attributes:
        text: the text, normalized as the training labels were; may be empty.
        confidence: the model's probability of this text, 0 to 1.
        characters: the model's probability of each character of the text, 0 to 1; empty if the decoder gives none.
        alternatives: the likeliest texts, this one first; empty if the decoder gives none.
        uncalibrated: the confidence before the decoder's calibration; None if the decoder calibrates nothing.
    """

    text: str
    confidence: float
    characters: tuple[float, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    uncalibrated: float | None = None

    def single_spaced(self) -> Prediction:
        """This prediction with single spaces, and none at the ends, as labels have them: everywhere the same text."""
        text = " ".join(self.text.split())
        if text == self.text:
            return self
        shown = self.text.rstrip()
        kept = [i for i, each in enumerate(shown) if not each.isspace() or (i and not shown[i - 1].isspace())]
        return self._replace(
            text=text,
            characters=tuple(self.characters[i] for i in kept) if self.characters else (),
            alternatives=tuple(each._replace(text=" ".join(each.text.split())) for each in self.alternatives),
        )

    @property
    def per_character(self) -> float:
        """The geometric mean of the confidences of its characters, 0 to 1: it does not fall with the length of a line.

        Where the decoder gives none of characters, it is that root of the text's confidence.
        """
        if self.characters:
            return math.exp(sum(math.log(max(each, SMALLEST)) for each in self.characters) / len(self.characters))
        return float(self.confidence ** (1 / max(1, len(self.text))))
