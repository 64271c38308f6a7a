"""`inkpipe score`: CER, WER and exact match of a model on labeled images."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TextIO

from inkpipe.cli.common import PRINTED_RATES, open_folder, open_recognizer, picture_rules, project_params
from inkpipe.contract.single_image import ImageViolation, image_violations
from inkpipe.data.corpus import NOT_TRANSCRIBED, Sample
from inkpipe.errors import InkpipeError
from inkpipe.evaluation.metrics import Scores, interval, score
from inkpipe.imaging import UnreadableImage
from inkpipe.output import as_json, printable
from inkpipe.progress import track
from inkpipe.rules import RowRule
from inkpipe.rules.images import DEFAULT_PICTURE_RULES, PICTURE_RULES
from inkpipe.rules.labels import DEFAULT_MARKERS, LabelUsable, normalized_markers
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.listing import FILE_WITHOUT_LABEL, UNDECODABLE_NAME, UNMATCHED, UNREADABLE_FOLDER

if TYPE_CHECKING:
    from inkpipe.serving.recognizer import ImageRecognizer

EMPTY_LABEL, UNREADABLE_LABEL, UNREADABLE_IMAGE = "empty label", "unreadable label", "unreadable image"
RULES = tuple(rule.name for rule in PICTURE_RULES)  # an image that violates one of them is not scored
REASONS = (EMPTY_LABEL, UNREADABLE_LABEL, UNREADABLE_IMAGE, *RULES, *UNMATCHED, *NOT_TRANSCRIBED, FILE_WITHOUT_LABEL)
FAILED = (UNREADABLE_IMAGE, UNDECODABLE_NAME, UNREADABLE_FOLDER)  # the exit code tells of these
NAMED = 5  # images named for each reason


class ScoreSettings(NamedTuple):
    """How images are scored. The defaults, for use outside of a project, are those of the repository's params.yaml.

    Attributes:
        markers: labels that mean "nobody can read this image".
        resamples: sets of images behind each interval, at least 1.
        seed: of the resampling.
        rules: of the contract, on the picture. An image that the contract would not accept is not scored; one that it
            would accept with a warning is.
    """

    markers: tuple[str, ...] = DEFAULT_MARKERS
    resamples: int = 1000
    seed: int = 42
    rules: tuple[RowRule, ...] = DEFAULT_PICTURE_RULES


class SplitScores(NamedTuple):
    """The scores on a split.

    Attributes:
        scores: the rates with their intervals.
        skipped: the number of labels and images that could not be scored, by reason, see `REASONS`.
    """

    scores: Scores
    skipped: Counter[str]


class Observations:
    """Images to report, by reason: their number, and the first `NAMED` of them in words."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: dict[str, list[str]] = {}
        self._advice: dict[str, str] = {}

    def add(self, reason: str, filename: str, observed: str, advice: str = "") -> None:
        """Add an image.

        Args:
            reason: why, in a few words; images of the same reason are counted together.
            filename: of the image.
            observed: what the image is like.
            advice: how a person may correct it; the same for the whole reason.
        """
        self._counts[reason] += 1
        first = self._first.setdefault(reason, [])
        if len(first) < NAMED:
            first.append(f"{filename}: {observed}")
        if advice:
            self._advice[reason] = advice

    def lines(self) -> Iterator[str]:
        """A line for each reason."""
        for reason, count in self._counts.items():
            named = "; ".join(self._first[reason]) + ("; ..." if count > NAMED else "")
            stop = "" if named.endswith(".") else "."
            yield f"{reason}: {count:,} image(s). {named}{stop} {self.advice(reason)}".rstrip()

    def advice(self, reason: str | None = None) -> str:
        """The advice for a reason, or for all of them."""
        return self._advice.get(reason, "") if reason else " ".join(dict.fromkeys(self._advice.values()))


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print the scores and the numbers of skipped labels and images by reason, for people or as JSON.

    Returns:
        1 if an image could not be read, else 0.
    """
    source, settings, observations = open_folder(arguments.data), project_settings(), Observations()
    try:
        with open_recognizer(arguments.model) as recognizer:
            scores, skipped = score_split(recognizer, source, arguments.split, settings, observations)
    finally:
        for line in observations.lines():
            print(f"inkpipe score: {printable(line, sys.stderr)}", file=sys.stderr)
    failed = int(any(skipped[reason] for reason in FAILED))
    if arguments.json:
        counts = {reason.replace(" ", "_"): skipped[reason] for reason in REASONS}
        print(as_json({**scores.to_json(), "skipped": counts}, out), file=out)
        return failed
    rates = scores.to_json()
    data, model = printable(arguments.data, out), printable(arguments.model, out)
    print(f"{scores.n:,} images of {data}, {arguments.split}, scored with {model}", file=out)
    for title, rate in PRINTED_RATES.items():
        print(f"  {title:<12}{interval(rates, rate)}", file=out)
    listed = ", ".join(f"{skipped[reason]:,} {reason}" for reason in REASONS if skipped[reason])
    print(f"  skipped     {listed or 'nothing'}", file=out)
    return failed


def project_settings() -> ScoreSettings:
    """The settings of the project around the working folder; the defaults outside of a project.

    Raises:
        InkpipeError: params.yaml has faults.
    """
    params = project_params()
    if params is None:
        return ScoreSettings()
    return ScoreSettings(
        params.validate_.rules[LabelUsable].markers, params.evaluate.bootstrap, params.seed, picture_rules()
    )


def score_split(
    recognizer: ImageRecognizer,
    source: FolderSource,
    split: str,
    settings: ScoreSettings,
    observations: Observations | None = None,
) -> SplitScores:
    """Score a recognizer on a split. The labels are normalized as those of its training were.

    Args:
        recognizer: a model's recognizer.
        source: labeled images.
        split: `train`, `validation` or `test`.
        settings: how images are scored.
        observations: gets the images that cannot be read, and those that violate a rule of the contract.

    Returns:
        The scores, and what was skipped.

    Raises:
        InkpipeError: the source has no such split, or nothing in it can be scored.
    """
    observations = Observations() if observations is None else observations
    skipped = _not_in_a_sample(source, split, observations)
    labels, texts = [], []
    normalize = recognizer.vocabulary.normalize
    samples = _labeled_images(normalize, source, split, settings.markers, skipped, observations)
    images = _accepted_images(samples, settings.rules, skipped, observations)
    for sample, result in recognizer.recognize_each(images):
        if isinstance(result, UnreadableImage):
            skipped[UNREADABLE_IMAGE] += 1
            observations.add(UNREADABLE_IMAGE, sample.filename, str(result))
        else:
            labels.append(sample.label)
            texts.append(result.text)
    if not labels:
        counts = ", ".join(f"{count:,} {reason}" for reason, count in skipped.items()) or "no image"
        advice = observations.advice() or "Give labeled images."
        raise InkpipeError(f"Nothing in the {split} split can be scored. Received: {counts}. {advice}")
    return SplitScores(score(labels, texts, settings.resamples, settings.seed), skipped)


def scorable_samples(
    source: FolderSource, split: str, settings: ScoreSettings, observations: Observations
) -> tuple[list[Sample], Counter[str]]:
    """Collect the images of a split that can be scored, in memory, for more than one model to be run on.

    Args:
        source: labeled images.
        split: `train`, `validation` or `test`.
        settings: which images are scored.
        observations: gets the images that cannot be read, and those that violate a rule of the contract.

    Returns:
        The samples with their labels as they are in the source, and what was skipped by reason.

    Raises:
        InkpipeError: the source has no such split.
    """
    skipped = _not_in_a_sample(source, split, observations)
    labeled = _labeled_images(_joined, source, split, settings.markers, skipped, observations)
    images = _accepted_images(labeled, settings.rules, skipped, observations)
    return [Sample(key.filename, key.label, image) for key, image in images], skipped


class _Key(NamedTuple):
    """The name and the normalized label of an image."""

    filename: str
    label: str


def _joined(label: str) -> str:
    return " ".join(label.split())


def _not_in_a_sample(source: FolderSource, split: str, observations: Observations) -> Counter[str]:
    """Count what the source skipped, and observe the files that a person has to correct to have them scored."""
    for reason, advice in ((UNDECODABLE_NAME, "Rename them."), (UNREADABLE_FOLDER, "Correct their permissions.")):
        for file in source.skipped.first(reason):
            observations.add(reason, file.filename, "not scored", advice)
    return source.skipped.counts((split, None))


def _labeled_images(
    normalize: Callable[[str], str],
    source: FolderSource,
    split: str,
    markers: Collection[str],
    skipped: Counter[str],
    observations: Observations,
) -> Iterator[tuple[_Key, bytes]]:
    """Stream normalized labels with their images, and count the labels that cannot be compared with a text."""

    def on_unreadable(name: str, reason: str) -> None:
        skipped[UNREADABLE_IMAGE] += 1
        observations.add(UNREADABLE_IMAGE, name, reason)

    unreadable = normalized_markers(markers, normalize)
    samples = source.samples(split, on_unreadable)
    for sample in track(samples, source.count(split), f"recognizing {split} images"):
        label = normalize(sample.label or "")
        if not label:
            skipped[EMPTY_LABEL] += 1
        elif label in unreadable:
            skipped[UNREADABLE_LABEL] += 1
        else:
            yield _Key(sample.filename, label), sample.image


def _accepted_images(
    samples: Iterator[tuple[_Key, bytes]], rules: Sequence[RowRule], skipped: Counter[str], observations: Observations
) -> Iterator[tuple[_Key, bytes]]:
    """Drop the images that the contract would not accept, and count them by the first rule that they violate."""
    for key, image in samples:
        violations = image_violations(image, rules)
        for violation in violations:
            observations.add(_in_words(violation), key.filename, violation.observed, violation.advice)
        broken = [violation.rule.name for violation in violations if violation.rule.action != "warn"]
        if broken:
            skipped[broken[0]] += 1
        else:
            yield key, image


def _in_words(violation: ImageViolation) -> str:
    """The rule, what it demands, and what follows for the scores."""
    follows = "still scored" if violation.rule.action == "warn" else "not scored"
    return f"{violation.rule.name} (expected: {violation.expected}), {follows}"
