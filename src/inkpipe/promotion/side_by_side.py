"""Two registered models side by side on the same images, whoever is champion."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from inkpipe.errors import InkpipeError
from inkpipe.evaluation.slices import FEW, Facts
from inkpipe.promotion.comparison import Comparison, measured
from inkpipe.promotion.paired_bootstrap import Counts, Improvement, PairedEdits, Resampling
from inkpipe.promotion.registered_models import LabeledSamples, OpenRecognizer, predict_all
from inkpipe.rules.labels import normalized_markers
from inkpipe.tracking.model_version import ModelVersion


class Rates(NamedTuple):
    """Error rates of one of the models: the CER, and the fraction of the images without an error."""

    cer: float
    exact: float


class SliceDifference(NamedTuple):
    """Both models on a part of the images.

    Attributes:
        fact: what the images are sliced by.
        slice: the part.
        images: their number.
        a_cer, b_cer: of both models.
        improvement: of B over A.
    """

    fact: str
    slice: str
    images: int
    a_cer: float
    b_cer: float
    improvement: Improvement


@dataclass(frozen=True)
class SideBySide:
    """Model B compared with model A.

    Attributes:
        images: the number compared on.
        left_out: the number of images whose labels no text can be compared with: empty ones, and marks of unreadable
            writing.
        a, b: their rates.
        improvement: of B over A; negative where B is worse.
        better, worse: the number of images for which B has fewer, and more edits than A.
        slices: both on parts of at least 30 images, the worst for B first.
    """

    images: int
    left_out: int
    a: Rates
    b: Rates
    improvement: Improvement
    better: int
    worse: int
    slices: Sequence[SliceDifference]


def compare_versions(
    a: ModelVersion,
    b: ModelVersion,
    samples: LabeledSamples,
    facts: Facts,
    open_recognizer: OpenRecognizer,
    resampling: Resampling,
    markers: Collection[str] = (),
) -> SideBySide:
    """Run two registered models on the same images.

    Args:
        a: one model.
        b: the other.
        samples: labeled images. Labels and the texts of both models are normalized by the rules of B's vocabulary.
        facts: what is known of each image, to slice by.
        open_recognizer: starts a registered model.
        resampling: of the paired bootstrap.
        markers: labels that say that a person could not read the image.

    Raises:
        InkpipeError: a model cannot be run or cannot read an image, or there is no image with a label.
    """
    with open_recognizer(b) as recognizer:
        vocabulary = recognizer.vocabulary
        of_b = predict_all(recognizer, samples, str(b))
    with open_recognizer(a) as recognizer:
        of_a = predict_all(recognizer, samples, str(a))
    given = [vocabulary.normalize(sample.label or "") for sample in samples]
    unreadable = {"", *normalized_markers(markers, vocabulary.normalize)}
    rows = [row for row, label in enumerate(given) if label not in unreadable]
    if not rows:
        raise InkpipeError(f"There is nothing to compare on. Received: {len(given)} images, none with a usable label.")
    labels = [given[row] for row in rows]
    before, after = (
        measured(version.digest, labels, [predictions[row] for row in rows], vocabulary, version.size)
        for version, predictions in ((a, of_a), (b, of_b))
    )
    comparison = Comparison(labels, after, before, {name: [each[i] for i in rows] for name, each in facts.items()})
    paired = PairedEdits(comparison.lengths, before.edits, after.edits)
    return SideBySide(
        images=len(paired),
        left_out=len(given) - len(rows),
        a=_rates(paired.champion_cer, before.edits),
        b=_rates(paired.candidate_cer, after.edits),
        improvement=paired.improvement(resampling),
        better=int((after.edits < before.edits).sum()),
        worse=int((after.edits > before.edits).sum()),
        slices=_slices(comparison, paired, resampling),
    )


def _rates(cer: float, edits: Counts) -> Rates:
    return Rates(round(cer, 6), round(float((edits == 0).mean()), 6))


def _slices(comparison: Comparison, paired: PairedEdits, resampling: Resampling) -> list[SliceDifference]:
    parts = [
        (fact, name, paired.part(rows))
        for fact, slices in comparison.slices.items()
        for name, rows in slices.items()
        if len(rows) >= FEW
    ]
    differences = [
        SliceDifference(
            fact, name, len(part), round(part.champion_cer, 6), round(part.candidate_cer, 6),
            part.improvement(resampling),
        )
        for fact, name, part in parts
    ]  # fmt: skip
    return sorted(differences, key=lambda each: each.improvement.value)
