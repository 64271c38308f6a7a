"""Where a reader errs: its reads taken apart by character, by length and by confidence, as tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import Levenshtein

from inkpipe.metrics import Scores, edits, paper_cer, score

TOP_CONFUSIONS = 30
CONFIDENCE_BINS = 10
THRESHOLDS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)


class Read(NamedTuple):
    """One image of the test split: what it shows, what was read, and how sure the reader was (0 to 1)."""

    filename: str
    label: str
    read: str
    confidence: float
    edits: int


class Confusion(NamedTuple):
    """How often `true` was read as `read`; an empty `true` was made up, an empty `read` was missed."""

    confusion: str
    true: str
    read: str
    n: int


class CharacterErrors(NamedTuple):
    """What became of a character of the labels; `inserted` counts where it was read and nothing stood."""

    character: str
    n: int
    substituted: int
    deleted: int
    inserted: int
    error_rate: float | None  # (substituted + deleted) / n, None for a character that no label has


class LengthErrors(NamedTuple):
    """The rates of labels of one length in characters."""

    length: int
    n: int
    cer: float
    exact: float


class CalibrationBin(NamedTuple):
    """Reads of about the same confidence: the mean confidence, and the share that is read without an edit."""

    low: float
    high: float
    n: int
    confidence: float
    exact: float


class Coverage(NamedTuple):
    """What one gets who accepts only reads of at least `threshold` confidence."""

    threshold: float
    accepted: float
    exact: float | None  # share of the accepted reads without an edit, None if none is accepted


class Slice(NamedTuple):
    """A part of the test images and its scores."""

    name: str
    scores: Scores


@dataclass(frozen=True)
class Findings:
    """All that is known about a reader from its reads of the test split."""

    reads: Sequence[Read]
    scores: Scores
    paper_cer: float
    confusions: Sequence[Confusion]
    characters: Sequence[CharacterErrors]
    lengths: Sequence[LengthErrors]
    calibration: Sequence[CalibrationBin]
    coverage: Sequence[Coverage]
    by_length: Sequence[Slice]
    by_confidence: Sequence[Slice]

    def metrics(self) -> dict[str, float]:
        """The figures of the whole, flat, rounded to 6 decimals."""
        more = {
            "paper_cer": self.paper_cer,
            "mean_confidence": sum(each.confidence for each in self.reads) / len(self.reads),
            "calibration_error": calibration_error(self.calibration),
        }
        return self.scores.to_json() | {name: round(value, 6) for name, value in more.items()}


def analyse(reads: Sequence[Read], resamples: int, seed: int) -> Findings:
    """Take a reader's reads apart; `resamples` and `seed` as in `metrics.score`.

    Raises:
        InkpipeError: there is no read, or a label holds no word.
    """
    return Findings(
        reads=reads,
        scores=_score(reads, resamples, seed),
        paper_cer=paper_cer([each.label for each in reads], [each.read for each in reads]),
        confusions=confusions(reads),
        characters=errors_by_character(reads),
        lengths=errors_by_length(reads),
        calibration=calibration(reads),
        coverage=coverage(reads),
        by_length=slices_by_length(reads, resamples, seed),
        by_confidence=slices_by_confidence(reads, resamples, seed),
    )


def make_read(filename: str, label: str, read: str, confidence: float) -> Read:
    """A `Read` with its edits counted and its confidence rounded to 6 decimals, as it is stored."""
    return Read(filename, label, read, round(confidence, 6), edits(label, read))


def edit_pairs(label: str, read: str) -> list[tuple[str, str]]:
    """The differing characters as (true, read) of one cheapest alignment; "" where a character is on one side only."""
    return [
        (label[op.src_pos] if op.tag != "insert" else "", read[op.dest_pos] if op.tag != "delete" else "")
        for op in Levenshtein.editops(label, read)
    ]


def confusions(reads: Iterable[Read], top: int = TOP_CONFUSIONS) -> list[Confusion]:
    """The most frequent errors, most frequent first."""
    counts = Counter(pair for each in reads for pair in edit_pairs(each.label, each.read))
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:top]
    return [Confusion(_describe(*pair), *pair, count) for pair, count in ranked]


def errors_by_character(reads: Sequence[Read]) -> list[CharacterErrors]:
    """Every character of the labels or of the reads, in code point order."""
    counts = Counter("".join(each.label for each in reads))
    pairs = Counter(pair for each in reads for pair in edit_pairs(each.label, each.read))
    substituted, deleted, inserted = Counter[str](), Counter[str](), Counter[str]()
    for (true, read), count in pairs.items():
        if not true:
            inserted[read] += count
        else:
            (substituted if read else deleted)[true] += count
    return [
        CharacterErrors(
            c, counts[c], substituted[c], deleted[c], inserted[c], _rate(substituted[c] + deleted[c], counts[c])
        )
        for c in sorted(counts | inserted)
    ]


def errors_by_length(reads: Iterable[Read]) -> list[LengthErrors]:
    """The rates for every length of label that occurs, shortest first."""
    groups: dict[int, list[int]] = defaultdict(list)
    for each in reads:
        groups[len(each.label)].append(each.edits)
    return [
        LengthErrors(
            length, len(found), round(sum(found) / (length * len(found)), 6), round(found.count(0) / len(found), 6)
        )
        for length, found in sorted(groups.items())
    ]


def calibration(reads: Iterable[Read], bins: int = CONFIDENCE_BINS) -> list[CalibrationBin]:
    """The reliability diagram (Guo et al., 2017): reads in bins of equal width by confidence, empty bins left out."""
    groups: dict[int, list[Read]] = defaultdict(list)
    for each in reads:
        groups[min(int(each.confidence * bins), bins - 1)].append(each)
    return [
        CalibrationBin(
            i / bins,
            (i + 1) / bins,
            len(found),
            round(sum(each.confidence for each in found) / len(found), 6),
            round(sum(each.edits == 0 for each in found) / len(found), 6),
        )
        for i, found in sorted(groups.items())
    ]


def calibration_error(table: Sequence[CalibrationBin]) -> float:
    """Expected calibration error: by how much confidence and share read right differ, averaged over the reads."""
    n = sum(each.n for each in table)
    return sum(each.n * abs(each.confidence - each.exact) for each in table) / n


def coverage(reads: Sequence[Read], thresholds: Iterable[float] = THRESHOLDS) -> list[Coverage]:
    """How many reads are accepted, and how many of those are right, at each threshold of confidence."""
    rows = []
    for threshold in thresholds:
        accepted = [each for each in reads if each.confidence >= threshold]
        right = sum(each.edits == 0 for each in accepted)
        rows.append(Coverage(threshold, round(len(accepted) / len(reads), 6), _rate(right, len(accepted))))
    return rows


def slices_by_length(reads: Sequence[Read], resamples: int, seed: int) -> list[Slice]:
    """Up to four bands of label length, each of about as many images."""
    lengths = [len(each.label) for each in reads]
    inner = np.quantile(lengths, (0.25, 0.5, 0.75), method="lower").tolist()
    edges = [0, *sorted({*inner, max(lengths)})]
    bands = [
        (_band(low + 1, high, high == edges[-1]), [each for each in reads if low < len(each.label) <= high])
        for low, high in pairwise(edges)
    ]
    return [Slice(name, _score(band, resamples, seed)) for name, band in bands if band]


def slices_by_confidence(reads: Sequence[Read], resamples: int, seed: int) -> list[Slice]:
    """Four quarters of the images, from the reader's least to its most confident reads."""
    ranked = sorted(reads, key=lambda each: (each.confidence, each.filename))
    quarters = [[ranked[i] for i in part] for part in np.array_split(np.arange(len(ranked)), 4) if len(part)]
    return [
        Slice(f"{quarter[0].confidence:.2f} to {quarter[-1].confidence:.2f}", _score(quarter, resamples, seed))
        for quarter in quarters
    ]


def _score(reads: Sequence[Read], resamples: int, seed: int) -> Scores:
    return score([each.label for each in reads], [each.read for each in reads], resamples, seed)


def _band(low: int, high: int, last: bool) -> str:
    if low == 1:
        return f"up to {high} characters"
    if last:
        return f"{low} characters and more"
    return f"{low} characters" if low == high else f"{low} to {high} characters"


def _describe(true: str, read: str) -> str:
    if not true:
        return f"{shown(read)} made up"
    return f"{shown(true)} read as {shown(read)}" if read else f"{shown(true)} missed"


def shown(character: str) -> str:
    """A character as a person can see it: the space as an open box."""
    return "\N{OPEN BOX}" if character == " " else character


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
