"""A trained and evaluated model that may become champion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.evaluation.predictions import ScoredPrediction
from inkpipe.evaluation.slices import Facts
from inkpipe.files import sha256_json
from inkpipe.model.artifacts import load_vocabulary
from inkpipe.model.prediction import Prediction


@dataclass(frozen=True)
class Candidate:
    """A trained and evaluated model that may become champion.

    Attributes:
        model_folder: the folder of the model's files.
        run_id: the MLflow run of its training.
        scores: its metrics on the test split, by name.
        scored: its predictions for the test images, in the order of the samples.
        evaluation: the folder of its evaluation, which is logged with the run.
        facts: what is known of each test image, to slice by.
    """

    model_folder: Path
    run_id: str
    scores: Mapping[str, float]
    scored: Sequence[ScoredPrediction]
    evaluation: Path
    facts: Facts = field(default_factory=dict)

    @property
    def predictions(self) -> list[Prediction]:
        """Text and confidence of each test image."""
        return [Prediction(each.prediction, each.confidence) for each in self.scored]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Whose rules normalized the labels."""
        return load_vocabulary(self.model_folder)

    @cached_property
    def images(self) -> str:
        """The digest of the test images' names and labels."""
        return sha256_json([[each.filename, each.label] for each in self.scored])
