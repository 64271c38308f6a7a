"""Register a model, and make it champion only if it is better than the champion on the same images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from inkpipe.data.corpus import Sample
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.evaluation.predictions import edits
from inkpipe.imaging import UnreadableImage
from inkpipe.model.artifacts import load_vocabulary
from inkpipe.params.promote import PromoteParams
from inkpipe.progress import track
from inkpipe.promotion.decision import Decision, RatedModel, decide
from inkpipe.tracking import Store, log_evaluation
from inkpipe.tracking.model_version import ModelVersion
from inkpipe.tracking.packages import check_package
from inkpipe.tracking.registry import (
    CHALLENGER,
    CHAMPION,
    aliased_version,
    record_decision,
    register,
    remove_alias,
    set_alias,
)

if TYPE_CHECKING:
    from inkpipe.serving.recognizer import ImageRecognizer

OpenRecognizer = Callable[[ModelVersion], AbstractContextManager["ImageRecognizer"]]


class LabeledSamples(Protocol):
    """Samples with normalized labels that can be counted and iterated more than once: a list, or `AcceptedSamples`."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Sample]: ...


@dataclass(frozen=True)
class Candidate:
    """A trained and evaluated model that may become champion.

    Attributes:
        model_folder: the folder of the model's files.
        run_id: the MLflow run of its training.
        scores: its metrics on the test split, by name; at least `n` and `cer`.
        evaluation: the folder of its evaluation, which is logged with the run.
    """

    model_folder: Path
    run_id: str
    scores: Mapping[str, float]
    evaluation: Path


class Promotion(NamedTuple):
    """The result of `promote`: the model in the registry, and the decision on it."""

    version: ModelVersion
    decision: Decision


def promote(
    store: Store,
    candidate: Candidate,
    samples: LabeledSamples,
    params: PromoteParams,
    open_recognizer: OpenRecognizer,
) -> Promotion:
    """Register a candidate, log its evaluation, and make it champion if it is better than the champion.

    A second call changes nothing. After a call that failed, the next one completes what is missing.

    Args:
        store: the MLflow store with the registry.
        candidate: the new model.
        samples: the images that the candidate was evaluated on; the champion is scored on them.
        params: the name in the registry and the necessary improvement.
        open_recognizer: starts the champion, such as `inkpipe.serving.registered.registered_recognizer`.

    Returns:
        The candidate's version and the decision on it.

    Raises:
        InkpipeError: the store or the champion fails, the registered files cannot be read back, or the candidate's
            scores belong to other images.
    """
    version = register(store, params.model_name, candidate.model_folder, candidate.run_id)
    check_package(version)
    log_evaluation(store, candidate.run_id, version.model_id, candidate.scores, candidate.evaluation)
    while True:
        champion = aliased_version(store, version.name, CHAMPION)
        decision = _decision(version, champion, candidate, samples, params.min_improvement, open_recognizer)
        if _number(aliased_version(store, version.name, CHAMPION)) == _number(champion):
            break  # else another process has moved the alias while the champion was scored
    # the decision first: after a stop in between, the next call repeats both
    record_decision(store, version, decision.to_json())
    set_alias(store, version, decision.alias)
    if decision.alias == CHAMPION and _number(aliased_version(store, version.name, CHALLENGER)) == version.number:
        remove_alias(store, version.name, CHALLENGER)
    return Promotion(version, decision)


def champion_cer(recognizer: ImageRecognizer, samples: LabeledSamples, vocabulary: Vocabulary) -> float:
    """Score the champion.

    Args:
        recognizer: the champion.
        samples: images with normalized labels.
        vocabulary: of the candidate. The champion's texts are normalized by it, as the labels are, so that a champion
            with another policy for case is compared fairly.

    Returns:
        Edits per character of the labels.

    Raises:
        UnreadableImage: the champion cannot read an image; the message names it.
    """
    edit_count = length = 0
    images = ((sample, sample.image) for sample in samples)
    results = track(recognizer.recognize_each(images), len(samples), "recognizing test images with the champion")
    for sample, result in results:
        if isinstance(result, UnreadableImage):
            raise UnreadableImage(f"The champion cannot read test image {sample.filename}. {result}")
        label = sample.label or ""
        edit_count += edits(label, vocabulary.normalize(result.text))
        length += len(label)
    return edit_count / length


def _decision(
    version: ModelVersion,
    champion: ModelVersion | None,
    candidate: Candidate,
    samples: LabeledSamples,
    min_improvement: float,
    open_recognizer: OpenRecognizer,
) -> Decision:
    rated = RatedModel(version.digest, candidate.scores["cer"])
    if champion is None:
        return decide(rated, candidate.scores, None, min_improvement)
    if champion.number == version.number:
        return _earlier_decision(champion, rated, candidate.scores)
    if candidate.scores["n"] != len(samples):
        raise InkpipeError(
            "The candidate's scores do not belong to the accepted test images. "
            f"Received: {candidate.scores['n']} and {len(samples)} images. Run `dvc repro evaluate` first."
        )
    vocabulary = load_vocabulary(candidate.model_folder)
    with open_recognizer(champion) as recognizer:
        cer = champion_cer(recognizer, samples, vocabulary)
    return decide(rated, candidate.scores, RatedModel(champion.digest, cer), min_improvement)


def _earlier_decision(champion: ModelVersion, rated: RatedModel, scores: Mapping[str, float]) -> Decision:
    """The decision that made this model champion, so that a second run leaves the same bytes."""
    earlier = Decision.from_json(champion.decision) if champion.decision else None
    if earlier is None or earlier.alias != CHAMPION or earlier.scores != scores:
        return Decision(CHAMPION, scores, rated, None, "It is the champion already.")
    return earlier


def _number(version: ModelVersion | None) -> int | None:
    return version.number if version else None
