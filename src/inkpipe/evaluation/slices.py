"""Scores of parts of the images: by measures of labels and images, and by what the corpus says of them.

A table of slices is a question: where is this model worse? Whatever differs between two slices besides their name may
be the cause. Nothing here needs TensorFlow.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from inkpipe.errors import InkpipeError
from inkpipe.evaluation.metrics import Scores, labels_and_texts, score
from inkpipe.evaluation.predictions import ScoredPrediction

Value = float | str | None  # of one image: a number, a word, or nothing
Facts = Mapping[str, Sequence[Value]]  # by name, a value for each prediction, in their order

BANDS = 4  # of numbers: quarters of the images, so that each has enough of them
MIN_FRACTION = 0.05  # of the images: a band with fewer, which equal numbers or rounding leave, joins its neighbor
STEPS = 20  # borders are round numbers, at least so many between the tenth and the ninetieth percentile
FEW = 30  # images, below which a slice's rates say little
MAX_WORDS = 10  # slices of one column of words; rarer words are one slice
LABEL_LENGTH = "label length"
UNITS = {LABEL_LENGTH: "characters", "width": "px", "height": "px", "contrast": "gray levels"}
NOT_GIVEN = "not given"


class Slice(NamedTuple):
    """A part of the images and its scores.

    Attributes:
        name: what its images have in common.
        scores: their rates.
    """

    name: str
    scores: Scores

    @property
    def few(self) -> bool:
        """Whether it has so few images that its rates say little."""
        return self.scores.n < FEW


class SliceRow(NamedTuple):
    """A slice as a row of slices.csv.

    Attributes:
        fact: what the images are sliced by.
        slice: the part of the images.
        n: number of images.
        cer: character error rate.
        cer_low: lower end of its 95 % interval.
        cer_high: upper end of its 95 % interval.
        exact: fraction of the images whose prediction is correct.
    """

    fact: str
    slice: str
    n: int
    cer: float
    cer_low: float
    cer_high: float
    exact: float


Slices = Mapping[str, Sequence[Slice]]  # by the fact that the images are sliced by


def slice_scores(
    predictions: Sequence[ScoredPrediction], facts: Facts, resamples: int, seed: int
) -> dict[str, list[Slice]]:
    """Score slices of the images by the length of their labels and by each fact.

    Args:
        predictions: at least one; no label is empty.
        facts: as in `slice_positions`.
        resamples: as in `metrics.score`.
        seed: as in `metrics.score`.

    Returns:
        The slices of `slice_positions`, scored.

    Raises:
        InkpipeError: a fact has not a value for each prediction.
    """

    def scored(rows: Sequence[int]) -> Scores:
        return _score([predictions[i] for i in rows], resamples, seed)

    positions = slice_positions([each.label for each in predictions], facts)
    return {fact: [Slice(name, scored(rows)) for name, rows in parts.items()] for fact, parts in positions.items()}


def slice_positions(labels: Sequence[str], facts: Facts) -> dict[str, dict[str, list[int]]]:
    """Divide images by the length of their labels and by each fact.

    Args:
        labels: of the images.
        facts: numbers or words of each image; words that are all numbers count as such if there are more than ten. A
            fact of which all images have the same value is left out, and so are words that hardly repeat, such as names
            of files.

    Returns:
        By fact, in the order of the facts, and by the name of the slice: the positions of its images. Numbers make up
        to four bands of about as many images, the lowest first; words make a slice each, the most frequent first. Each
        image is in one slice of each fact.

    Raises:
        InkpipeError: a fact has not a value for each label.
    """
    positions = {}
    for name, values in {LABEL_LENGTH: [len(label) for label in labels], **facts}.items():
        _check_length(name, values, len(labels))
        parts = _parts(values, UNITS.get(name, ""))
        if len(parts) > 1:
            positions[name] = parts
    return positions


def slices_by_confidence(predictions: Sequence[ScoredPrediction], resamples: int, seed: int) -> list[Slice]:
    """Score quarters of the images by confidence.

    Args:
        predictions: at least one.
        resamples: as in `metrics.score`.
        seed: as in `metrics.score`.

    Returns:
        Up to four slices, the least confident first. Predictions of equal confidence are in the same slice.
    """
    slices = []
    for rows in quarters([each.confidence for each in predictions]):
        part = [predictions[i] for i in rows]
        low, high = min(each.confidence for each in part), max(each.confidence for each in part)
        slices.append(Slice(f"{low:.2f} to {high:.2f}", _score(part, resamples, seed)))
    return slices


def quarters(values: Sequence[float] | np.ndarray) -> list[list[int]]:
    """Divide numbers at their quartiles.

    Args:
        values: at least one.

    Returns:
        The positions of up to four parts, that of the lowest numbers first. Equal numbers are in the same part.
    """
    inner = np.unique(np.quantile(values, np.arange(1, BANDS) / BANDS, method="higher"))
    bands = np.searchsorted(inner, values, side="right")
    return [np.flatnonzero(bands == band).tolist() for band in np.unique(bands)]


def slice_rows(slices: Slices) -> list[SliceRow]:
    """The slices as rows, rates rounded to 6 decimals.

    Args:
        slices: the result of `slice_scores`.
    """
    rows = []
    for fact, parts in slices.items():
        for part in parts:
            rates = part.scores.to_json()
            values = (rates[name] for name in ("cer", "cer_low", "cer_high", "exact"))
            rows.append(SliceRow(fact, part.name, part.scores.n, *values))
    return rows


def slices_to_json(slices: Slices) -> dict[str, dict[str, dict[str, float]]]:
    """The slices as nested JSON: fact, slice, then `n` and each rate with its interval.

    Args:
        slices: the result of `slice_scores`.
    """
    return {fact: {part.name: part.scores.to_json() for part in parts} for fact, parts in slices.items()}


def _check_length(name: str, values: Sequence[Value], images: int) -> None:
    if len(values) != images:
        raise InkpipeError(
            f"Slices need a value for each image. Received: {len(values)} values of {name!r} for {images} images. "
            "Records and manifest do not belong together; run `dvc repro evaluate`."
        )


def _parts(values: Sequence[Value], unit: str) -> dict[str, list[int]]:
    """The rows of each slice by its name. Rows without a value are the last slice."""
    missing = [i for i, value in enumerate(values) if _is_missing(value)]
    given = [i for i, value in enumerate(values) if not _is_missing(value)]
    if any(isinstance(values[i], str) for i in given):
        parts = _texts({i: str(values[i]) for i in given}, unit)
    else:
        parts = _bands({i: float(values[i] or 0) for i in given}, unit)
    return parts | ({NOT_GIVEN: sorted(missing + parts.get(NOT_GIVEN, []))} if missing and parts else {})


def _is_missing(value: Value) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _texts(values: Mapping[int, str], unit: str) -> dict[str, list[int]]:
    """Bands of texts that are numbers, such as years, if they are too many for a slice each; else slices of words."""
    if len(set(values.values())) <= MAX_WORDS:
        return _words(values)
    try:
        numbers = {i: float(value) for i, value in values.items()}
    except ValueError:
        return _words(values)
    return _bands(numbers, unit) if all(map(math.isfinite, numbers.values())) else _words(values)


def _words(values: Mapping[int, str]) -> dict[str, list[int]]:
    counts = Counter(values.values())
    if len(counts) > max(MAX_WORDS, len(values) // 2):
        return {}
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    kept, rare = (ranked, []) if len(ranked) <= MAX_WORDS else (ranked[: MAX_WORDS - 1], ranked[MAX_WORDS - 1 :])
    parts = {word: [i for i, value in values.items() if value == word] for word in kept}
    if rare:
        parts[f"{len(rare)} other values"] = [i for i, value in values.items() if value in set(rare)]
    return parts


def _bands(values: Mapping[int, float], unit: str) -> dict[str, list[int]]:
    if not values:
        return {}
    numbers = np.array(list(values.values()))
    whole = bool((numbers == np.rint(numbers)).all())
    edges = _edges(numbers, smallest=1.0 if whole else 0.0)
    rows = np.array(list(values))
    if not edges:
        return {"all": rows.tolist()}
    ends = [-np.inf, *edges, np.inf]
    return {
        _band_name(low, high, whole, unit): rows[(numbers >= low) & (numbers < high)].tolist()
        for low, high in pairwise(ends)
    }


def _edges(numbers: np.ndarray, smallest: float) -> list[float]:
    """Readable borders between bands of about as many numbers, each band of at least `MIN_FRACTION` of them."""
    step = max(smallest, _readable_step(float(np.subtract(*np.quantile(numbers, (0.9, 0.1))))))
    quantiles = np.quantile(numbers, np.arange(1, BANDS) / BANDS, method="higher")
    edges: list[float] = []
    least = len(numbers) * MIN_FRACTION
    for edge in sorted({float(f"{round(value / step) * step:.6g}") for value in quantiles.tolist()}):
        below, start = int((numbers < edge).sum()), int((numbers < edges[-1]).sum()) if edges else 0
        if below - start > least and len(numbers) - below > least:
            edges.append(edge)
    return edges


def _readable_step(spread: float) -> float:
    """The largest of 1, 2, 5, 10, 20 ... and 0.5, 0.2, 0.1 ... that divides a spread into at least 20 parts, or 1."""
    if not spread:
        return 1.0
    magnitude = 10.0 ** math.floor(math.log10(spread / STEPS))
    return max(factor * magnitude for factor in (1, 2, 5) if factor * magnitude <= spread / STEPS * (1 + 1e-9))


def _band_name(low: float, high: float, whole: bool, unit: str) -> str:
    """Such as `up to 4 characters`, `5 to 7 characters` and `8 characters and more`."""
    suffix = f" {unit}" if unit else ""
    if whole:
        first, last = (f"{end:.0f}" if math.isfinite(end) else "" for end in (low, high - 1))
        if not first:
            return f"up to {last}{suffix}"
        if not last:
            return f"{first}{suffix} and more"
        return f"{first}{suffix}" if first == last else f"{first} to {last}{suffix}"
    if math.isinf(low):
        return f"below {high:g}{suffix}"
    return f"{low:g}{suffix} and more" if math.isinf(high) else f"{low:g} to below {high:g}{suffix}"


def _score(predictions: Sequence[ScoredPrediction], resamples: int, seed: int) -> Scores:
    return score(*labels_and_texts(predictions), resamples, seed)
