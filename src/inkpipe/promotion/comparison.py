"""What the checks of the gate look at: the candidate, and the champion if there is one, on the same images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.evaluation.predictions import edits
from inkpipe.evaluation.slices import Facts, quarters, slice_positions
from inkpipe.model.prediction import Prediction
from inkpipe.promotion.paired_bootstrap import Counts, PairedEdits

CONFIDENCE = "confidence of both models"  # a column of the corpus may be named `confidence`


class Latencies(NamedTuple):
    """The median time of one image, in seconds, of two models that took turns on the same machine."""

    candidate: float
    champion: float


@dataclass(frozen=True)
class MeasuredModel:
    """A model and what it made of the test images.

    Attributes:
        digest: of the model's files.
        edits: int64 (n,), of each image.
        confidences: float64 (n,), of each text, 0 to 1.
        size: of the model's files in bytes; None if it is not known.
    """

    digest: str
    edits: Counts
    confidences: NDArray[np.float64]
    size: int | None = None


@dataclass(frozen=True)
class Comparison:
    """A candidate on the test images, and the champion on the same ones.

    Attributes:
        labels: normalized, each with at least one character.
        candidate: the new model.
        champion: the model to beat; None if there is none, or if it cannot be run.
        facts: what is known of each image, to slice by.
        latencies: None if they were not measured.
    """

    labels: Sequence[str]
    candidate: MeasuredModel
    champion: MeasuredModel | None
    facts: Facts = field(default_factory=dict)
    latencies: Latencies | None = None

    @property
    def cer(self) -> float:
        """The candidate's edits per character of the labels."""
        return float(self.candidate.edits.sum() / self.lengths.sum())

    @cached_property
    def paired(self) -> PairedEdits | None:
        """The edits of both models; None without a champion."""
        return PairedEdits(self.lengths, self.champion.edits, self.candidate.edits) if self.champion else None

    @cached_property
    def slices(self) -> Mapping[str, Mapping[str, Sequence[int]]]:
        """The positions of the images of each slice: by label length, each fact, and the confidence of both models."""
        slices = slice_positions(self.labels, self.facts)
        return slices | ({CONFIDENCE: self._by_confidence()} if self.champion else {})

    @property
    def lengths(self) -> Counts:
        """int64 (n,), characters of each label."""
        return np.array([len(label) for label in self.labels], np.int64)

    def _by_confidence(self) -> dict[str, list[int]]:
        """Quarters of the images by the mean rank of both confidences.

        By the confidence of one model alone, that model would look worse on the least confident images whatever it is
        like: they were chosen for its doubts.
        """
        models = [self.candidate, self.champion] if self.champion else [self.candidate]
        parts = quarters(np.sum([rankdata(model.confidences) for model in models], axis=0))
        return {f"part {i} of {len(parts)}": rows for i, rows in enumerate(parts, 1)}


def count_edits(labels: Sequence[str], texts: Sequence[str], vocabulary: Vocabulary) -> Counts:
    """Count the edits of a model's texts, of candidate and champion alike.

    Args:
        labels: normalized by the vocabulary.
        texts: as the model gave them. They are normalized as the labels are, so that a model with another policy for
            case or white space is compared fairly.
        vocabulary: whose rules normalize.

    Returns:
        int64 (n,), the edits of each text.
    """
    pairs = zip(labels, texts, strict=True)
    return np.array([edits(label, vocabulary.normalize(text)) for label, text in pairs], np.int64)


def measured(
    digest: str, labels: Sequence[str], predictions: Sequence[Prediction], vocabulary: Vocabulary, size: int | None
) -> MeasuredModel:
    """Compare a model's predictions with the labels.

    Args:
        digest: of the model's files.
        labels: as in `count_edits`.
        predictions: of the images, in the same order.
        vocabulary: as in `count_edits`.
        size: of the model's files in bytes; None if it is not known.

    Raises:
        InkpipeError: the numbers of labels and predictions differ.
    """
    if len(labels) != len(predictions):
        raise InkpipeError(
            "The predictions do not belong to the accepted test images. "
            f"Received: {len(predictions)} and {len(labels)} images. Run `dvc repro evaluate` first."
        )
    counts = count_edits(labels, [each.text for each in predictions], vocabulary)
    return MeasuredModel(digest, counts, np.array([each.confidence for each in predictions]), size)
