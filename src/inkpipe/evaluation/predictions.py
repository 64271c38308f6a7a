"""Predictions beside their labels. Nothing here needs TensorFlow."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from inkpipe.errors import InkpipeError
from inkpipe.files import write_csv
from inkpipe.model.prediction import Prediction

Picture = NDArray[np.uint8]  # gray (height, width), 0 ink to 255 background


class ScoredPrediction(NamedTuple):
    """The prediction for one image, beside its label. Its first five fields are a row of predictions.csv.

    Attributes:
        filename: of the image in the corpus.
        label: the normalized label.
        prediction: the recognized text; may be empty.
        confidence: the model's probability of this text, 0 to 1.
        edits: the Levenshtein distance of the two texts, in characters.
        uncalibrated: the confidence before the decoder's calibration; None if the decoder calibrates nothing.
        character_confidences: of each predicted character; empty if the decoder gives none.
    """

    filename: str
    label: str
    prediction: str
    confidence: float
    edits: int
    uncalibrated: float | None = None
    character_confidences: tuple[float, ...] = ()

    @property
    def correct(self) -> bool:
        """Whether the prediction is the label."""
        return not self.edits


COLUMNS = ScoredPrediction._fields[:5]  # of predictions.csv: file name to edits


class Example(NamedTuple):
    """A prediction to show.

    Attributes:
        scored: the prediction beside its label.
        image: the prepared image that it was made from, uint8 (height, width).
    """

    scored: ScoredPrediction
    image: Picture


def score_prediction(filename: str, label: str, prediction: Prediction) -> ScoredPrediction:
    """Compare a prediction with its label.

    Args:
        filename: of the image in the corpus.
        label: the normalized label.
        prediction: the model's text and confidence.

    Returns:
        The prediction with its edits. The confidence is rounded to 6 decimals, as predictions.csv stores it.
    """
    text, confidence = prediction.text, round(prediction.confidence, 6)
    distance = edits(label, text)
    return ScoredPrediction(filename, label, text, confidence, distance, prediction.uncalibrated, prediction.characters)


def edits(label: str, prediction: str) -> int:
    """Levenshtein distance: the fewest insertions, deletions and substitutions of characters between two texts.

    Args:
        label: one text.
        prediction: the other; the order does not matter.

    Returns:
        A count from 0 to the length of the longer text.
    """
    return Levenshtein.distance(label, prediction)


def word_edits(label: str, prediction: str) -> int:
    """Levenshtein distance in words, which white space separates.

    Args:
        label: one text.
        prediction: the other; the order does not matter.

    Returns:
        A count from 0 to the number of words of the longer text.
    """
    return Levenshtein.distance(label.split(), prediction.split())


def write_predictions(path: Path, predictions: Iterable[ScoredPrediction]) -> None:
    """Write predictions.csv: a row for each prediction, in their order."""
    write_csv(path, COLUMNS, (each[: len(COLUMNS)] for each in predictions))


def read_predictions(path: Path) -> list[ScoredPrediction]:
    """Read predictions.csv.

    Args:
        path: the file that `write_predictions` wrote.

    Returns:
        The predictions in their order, without what the file does not hold: the confidences of characters.

    Raises:
        InkpipeError: the file is absent or is not such a table.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        return [
            ScoredPrediction(
                row["filename"], row["label"], row["prediction"], float(row["confidence"]), int(row["edits"])
            )
            for row in rows
        ]
    except FileNotFoundError as error:
        raise InkpipeError(f"{path} does not exist. It is made by `dvc repro evaluate`; run that first.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise InkpipeError(
            f"{path} is no table of predictions. Received: {error!r}. Remake it with `dvc repro -sf evaluate`."
        ) from error
