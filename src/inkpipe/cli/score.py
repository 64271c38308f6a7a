"""`inkpipe score`: CER, WER and exact match of a model on labeled images."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple, TextIO

from inkpipe.cli.common import RATES, interval, open_folder, open_recognizer, project_params
from inkpipe.errors import InkpipeError
from inkpipe.evaluation.metrics import Scores, score
from inkpipe.imaging import UnreadableImage
from inkpipe.progress import track
from inkpipe.rules.labels import DEFAULT_MARKERS, LabelUsable, normalized_markers
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.skipped import FILE_WITHOUT_LABEL, UNMATCHED

if TYPE_CHECKING:
    from inkpipe.serving.recognizer import ImageRecognizer

EMPTY_LABEL, UNREADABLE_LABEL, UNREADABLE_IMAGE = "empty label", "unreadable label", "unreadable image"
REASONS = (EMPTY_LABEL, UNREADABLE_LABEL, UNREADABLE_IMAGE, *UNMATCHED, FILE_WITHOUT_LABEL)


class ScoreSettings(NamedTuple):
    """How images are scored. The defaults, for use outside of a project, are those of the repository's params.yaml.

    Attributes:
        markers: labels that mean "nobody can read this image".
        resamples: sets of images behind each interval, at least 1.
        seed: of the resampling.
    """

    markers: tuple[str, ...] = DEFAULT_MARKERS
    resamples: int = 1000
    seed: int = 42


class SplitScores(NamedTuple):
    """The scores on a split.

    Attributes:
        scores: the rates with their intervals.
        skipped: the number of labels and images that could not be scored, by reason, see `REASONS`.
    """

    scores: Scores
    skipped: Counter[str]


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print the scores and the numbers of skipped labels and images by reason, for people or as JSON."""
    source, settings = open_folder(arguments.data), project_settings()
    with open_recognizer(arguments.model) as recognizer:
        scores, skipped = score_split(recognizer, source, arguments.split, settings)
    if arguments.json:
        counts = {reason.replace(" ", "_"): skipped[reason] for reason in REASONS}
        print(json.dumps({**scores.to_json(), "skipped": counts}, indent=2), file=out)
        return 0
    rates = scores.to_json()
    print(f"{scores.n:,} images of {arguments.data}, {arguments.split}, scored with {arguments.model}", file=out)
    for title, rate in RATES.items():
        print(f"  {title:<12}{interval(rates, rate)}", file=out)
    listed = ", ".join(f"{skipped[reason]:,} {reason}" for reason in REASONS if skipped[reason])
    print(f"  skipped     {listed or 'nothing'}", file=out)
    return 0


def project_settings() -> ScoreSettings:
    """The settings of the project around the working folder; the defaults outside of a project.

    Raises:
        InkpipeError: params.yaml has faults.
    """
    params = project_params()
    if params is None:
        return ScoreSettings()
    return ScoreSettings(params.validate_.rules[LabelUsable].markers, params.evaluate.bootstrap, params.seed)


def score_split(recognizer: ImageRecognizer, source: FolderSource, split: str, settings: ScoreSettings) -> SplitScores:
    """Score a recognizer on a split. The labels are normalized as those of its training were.

    Args:
        recognizer: a model's recognizer.
        source: labeled images.
        split: `train`, `validation` or `test`.
        settings: how images are scored.

    Returns:
        The scores, and what was skipped.

    Raises:
        InkpipeError: the source has no such split, or nothing in it can be scored.
    """
    skipped = source.skipped.counts((split, None))
    labels, texts = [], []
    images = _labeled_images(recognizer, source, split, settings.markers, skipped)
    for label, result in recognizer.recognize_each(images):
        if isinstance(result, UnreadableImage):
            skipped[UNREADABLE_IMAGE] += 1
        else:
            labels.append(label)
            texts.append(result.text)
    if not labels:
        counts = ", ".join(f"{count:,} {reason}" for reason, count in skipped.items()) or "no image"
        raise InkpipeError(f"Nothing in the {split} split can be scored. Received: {counts}. Give labeled images.")
    return SplitScores(score(labels, texts, settings.resamples, settings.seed), skipped)


def _labeled_images(
    recognizer: ImageRecognizer, source: FolderSource, split: str, markers: Collection[str], skipped: Counter[str]
) -> Iterator[tuple[str, bytes]]:
    """Stream normalized labels with their images, and count the labels that cannot be compared with a text."""
    normalize = recognizer.vocabulary.normalize
    unreadable = normalized_markers(markers, normalize)
    for sample in track(source.samples(split), source.count(split), f"recognizing {split} images"):
        label = normalize(sample.label or "")
        if not label:
            skipped[EMPTY_LABEL] += 1
        elif label in unreadable:
            skipped[UNREADABLE_LABEL] += 1
        else:
            yield label, sample.image
