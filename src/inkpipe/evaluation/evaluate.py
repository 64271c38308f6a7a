"""Evaluate a recognizer on labeled images: predict, score, take the errors apart, choose examples and suspect labels.

`evaluate` works on objects in memory, in a notebook as in the stage. Its images stream by: only predictions and the
few images that are shown stay in memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from inkpipe.batching import batched
from inkpipe.errors import InkpipeError
from inkpipe.evaluation.analysis import Analysis, analyze
from inkpipe.evaluation.metrics import measure
from inkpipe.evaluation.predictions import Example, Picture, ScoredPrediction, score_prediction
from inkpipe.evaluation.rejection import Acceptance, accept
from inkpipe.evaluation.slices import Facts, Slices, slice_scores
from inkpipe.evaluation.suspect_labels import LabelError, LogRatio, rank_label_errors
from inkpipe.model.prediction import Prediction
from inkpipe.params.evaluate import EvaluateParams
from inkpipe.progress import track

if TYPE_CHECKING:
    from inkpipe.dataset.records import Records

PreparedSample = tuple[str, str, Picture]  # file name, normalized label, prepared image uint8 (height, width)
Recognize = Callable[[Picture], Sequence[Prediction]]  # uint8 (batch, height, width) to a prediction for each image

RANDOM, BEST, WORST, CONFIDENT_ERRORS = "random", "best", "worst", "confident errors"  # the groups of examples
SUSPECTS = "labels to check"  # one more group, where labels are ranked


class PreparedSamples(Protocol):
    """Prepared samples that can be counted and iterated twice, in the same order, such as a list."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[PreparedSample]: ...


@dataclass(frozen=True)
class RecordedSamples:
    """The samples of one split of the records, as `evaluate` takes them.

    Attributes:
        records: the prepared images.
        split: `train`, `validation` or `test`.
    """

    records: Records
    split: str

    def __len__(self) -> int:
        return self.records.count(self.split)

    def __iter__(self) -> Iterator[PreparedSample]:
        return self.records.read(self.split)


@dataclass(frozen=True)
class Evaluation:
    """The result of `evaluate`.

    Attributes:
        predictions: one for each image, in their order.
        metrics: the numbers of `metrics.METRICS` and of `acceptance`, as in metrics.json.
        analysis: tables of the errors.
        examples: predictions to show with their images, in the groups `random`, `best`, `worst`, `confident errors`
            and `labels to check`.
        slices: scores of parts of the images.
        acceptance: the effect of thresholds that validation images chose; empty without such images.
        label_errors: the labels that are probably wrong, most suspect first; empty if labels were not compared.
    """

    predictions: Sequence[ScoredPrediction]
    metrics: Mapping[str, float]
    analysis: Analysis
    examples: Mapping[str, Sequence[Example]]
    slices: Slices = field(default_factory=dict)
    acceptance: Sequence[Acceptance] = ()
    label_errors: Sequence[LabelError] = ()


def evaluate(
    samples: PreparedSamples,
    recognize: Recognize,
    params: EvaluateParams,
    seed: int,
    *,
    validation: PreparedSamples = (),
    facts: Facts | None = None,
    log_ratio: LogRatio | None = None,
) -> Evaluation:
    """Evaluate a recognizer.

    Args:
        samples: (file name, normalized label, prepared image) of each image, such as a list of tuples. Each label
            holds at least one word; images are uint8 of one shape (height, width).
        recognize: maps uint8 (batch, height, width) to a prediction for each image, such as `CTCOCRModel.recognize`.
        params: batch size, resamples of the intervals, number of examples, accepted errors.
        seed: of the resamples and of the random examples.
        validation: other images, as `samples`, by which thresholds of confidence are chosen.
        facts: what is known of each image, in their order, to slice the scores by.
        log_ratio: compares two texts for each image, such as `CTCOCRModel.log_ratio`, to find labels that are wrong.

    Returns:
        Predictions, metrics, analysis, examples and what follows from the optional arguments; the same arguments give
        the same result.

    Raises:
        InkpipeError: there is no image, a label holds no word, a confidence is not a number, or a fact has not a value
            for each image.
    """
    predictions = _predictions(samples, recognize, params, "recognizing images")
    metrics = measure(predictions, params.bootstrap, seed)
    analysis = analyze(predictions, params.bootstrap, seed)
    slices = slice_scores(predictions, facts or {}, params.bootstrap, seed)
    chosen_on = _predictions(validation, recognize, params, "recognizing validation images")
    acceptance = [accept(predictions, chosen_on, max_errors) for max_errors in params.max_errors if chosen_on]
    metrics |= {name: value for each in acceptance for name, value in each.metrics().items()}
    errors = _label_errors(samples, predictions, log_ratio, params) if log_ratio else []
    groups = choose_examples(predictions, params.examples, seed) | _suspects(errors, predictions, params)
    examples = _with_images(groups, predictions, samples)
    return Evaluation(predictions, metrics, analysis, examples, slices, acceptance, errors)


def predict(samples: Iterable[PreparedSample], recognize: Recognize, batch_size: int) -> Iterator[ScoredPrediction]:
    """Recognize images batch by batch.

    Args:
        samples: as in `evaluate`; may be a stream.
        recognize: as in `evaluate`.
        batch_size: images in memory at once, at least 1.

    Yields:
        A prediction for each image, in their order.

    Raises:
        InkpipeError: a confidence is not a number.
    """
    for batch in batched(samples, batch_size):
        predictions = recognize(np.stack([image for _, _, image in batch]))
        for (filename, label, _), prediction in zip(batch, predictions, strict=True):
            if math.isnan(prediction.confidence):
                raise InkpipeError(
                    f"The model has no confidence in its prediction for {filename}. "
                    f"Received: {prediction.confidence}. Its training diverged: lower `lr` and train again."
                )
            yield score_prediction(filename, label, prediction)


def choose_examples(predictions: Sequence[ScoredPrediction], count: int, seed: int) -> dict[str, list[int]]:
    """Choose predictions to show.

    Args:
        predictions: at least one; no label is empty.
        count: about how many to choose, at least 1; a quarter of them for each group.
        seed: of the random group.

    Returns:
        Positions in `predictions` by group. `random` is in their order; `best` are the most confident correct ones,
        `worst` have the most edits for the length of their label, `confident errors` are the most confident wrong
        ones. Groups are shorter where there are fewer such predictions.
    """
    size = max(1, count // 4)
    positions = range(len(predictions))
    correct = [i for i in positions if predictions[i].correct]
    wrong = [i for i in positions if not predictions[i].correct]
    chance = np.random.default_rng(seed).choice(len(predictions), min(size, len(predictions)), replace=False)

    def confidence(i: int) -> tuple[float, int]:
        return -predictions[i].confidence, i

    def badness(i: int) -> tuple[float, int, int]:
        each = predictions[i]
        return -each.edits / len(each.label), -each.edits, i

    return {
        RANDOM: sorted(chance.tolist()),
        BEST: sorted(correct, key=confidence)[:size],
        WORST: sorted(wrong, key=badness)[:size],
        CONFIDENT_ERRORS: sorted(wrong, key=confidence)[:size],
    }


def _predictions(
    samples: PreparedSamples, recognize: Recognize, params: EvaluateParams, description: str
) -> list[ScoredPrediction]:
    if not len(samples):
        return []
    return list(predict(track(samples, len(samples), description), recognize, params.batch_size))


def _label_errors(
    samples: PreparedSamples, predictions: Sequence[ScoredPrediction], log_ratio: LogRatio, params: EvaluateParams
) -> list[LabelError]:
    images = (image for _, _, image in track(samples, len(samples), "comparing labels"))
    return rank_label_errors(images, predictions, log_ratio, "test", params.batch_size)


def _suspects(
    errors: Sequence[LabelError], predictions: Sequence[ScoredPrediction], params: EvaluateParams
) -> dict[str, list[int]]:
    """The positions of the most suspect labels in `predictions`."""
    positions = {each.filename: i for i, each in enumerate(predictions)}
    return {SUSPECTS: [positions[each.filename] for each in errors[: params.label_errors.shown]]} if errors else {}


def _with_images(
    groups: Mapping[str, Sequence[int]], predictions: Sequence[ScoredPrediction], samples: PreparedSamples
) -> dict[str, list[Example]]:
    """The chosen predictions with their images, which are taken from a second pass over all samples."""
    chosen = {i for group in groups.values() for i in group}
    pictures = {i: image for i, (_, _, image) in enumerate(samples) if i in chosen}
    return {name: [Example(predictions[i], pictures[i]) for i in group] for name, group in groups.items()}
