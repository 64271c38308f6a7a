"""Where a model errs: its errors by character, by label length and by confidence. Nothing here needs TensorFlow."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from inkpipe.evaluation.calibration import CalibrationBin, calibration, characters, uncalibrated
from inkpipe.evaluation.metrics import check_scorable, labels_and_texts
from inkpipe.evaluation.predictions import ScoredPrediction
from inkpipe.evaluation.rejection import RejectionPoint, rejection_curve, thin_out
from inkpipe.evaluation.slices import Slice, slices_by_confidence

LENGTHS = 30  # rows of the table of lengths at most: more make a curve of chance
TOP_CONFUSIONS = 30  # rows of the table; the rarer errors of a good model occur once or twice


class Confusion(NamedTuple):
    """How often an error occurred. It is a row of confusions.csv.

    Attributes:
        confusion: the error in words.
        label: the character of the label; empty for an insertion.
        prediction: the predicted character; empty for a deletion.
        n: occurrences.
    """

    confusion: str
    label: str
    prediction: str
    n: int


class CharacterErrors(NamedTuple):
    """The errors of one character. It is a row of cer_by_character.csv.

    Attributes:
        character: one character of the labels or of the predictions.
        n: occurrences in the labels.
        substituted: those predicted as another character.
        deleted: those missing in the prediction.
        inserted: predictions of this character where the label has none.
        error_rate: (substituted + deleted) / n; None for a character that no label has.
    """

    character: str
    n: int
    substituted: int
    deleted: int
    inserted: int
    error_rate: float | None


class LengthErrors(NamedTuple):
    """The rates of labels of about one length. It is a row of cer_by_length.csv.

    Attributes:
        length: of the shortest labels that this row may have, in characters.
        longest: of its longest ones; the same where each length has a row.
        n: number of images.
        cer: character error rate over these images.
        exact: fraction of them whose prediction is correct.
    """

    length: int
    longest: int
    n: int
    cer: float
    exact: float


@dataclass(frozen=True)
class Analysis:
    """The errors of a model, as tables.

    Attributes:
        confusions: the most frequent errors.
        characters: the errors of each character.
        lengths: the rates of each label length.
        calibration: the reliability diagram.
        uncalibrated: the same before the decoder's calibration; empty if it calibrates nothing.
        character_calibration: the reliability diagram of single characters; empty if the decoder gives no confidences
            of them.
        rejection: the scores of the most confident predictions.
        by_confidence: scores of quarters of the images by confidence.
    """

    confusions: Sequence[Confusion]
    characters: Sequence[CharacterErrors]
    lengths: Sequence[LengthErrors]
    calibration: Sequence[CalibrationBin]
    uncalibrated: Sequence[CalibrationBin]
    character_calibration: Sequence[CalibrationBin]
    rejection: Sequence[RejectionPoint]
    by_confidence: Sequence[Slice]


def analyze(predictions: Sequence[ScoredPrediction], resamples: int, seed: int) -> Analysis:
    """Make all tables.

    Args:
        predictions: at least one; every label holds at least one word.
        resamples: behind the intervals of the slices' scores, as in `metrics.score`.
        seed: of those resamples.

    Raises:
        InkpipeError: there is no prediction, or a label holds no word.
    """
    check_scorable(*labels_and_texts(predictions))
    return Analysis(
        confusions=confusions(predictions),
        characters=errors_by_character(predictions),
        lengths=errors_by_length(predictions),
        by_confidence=slices_by_confidence(predictions, resamples, seed),
        calibration=calibration(predictions),
        uncalibrated=calibration(uncalibrated(predictions)),
        character_calibration=calibration(characters(predictions)),
        rejection=thin_out(rejection_curve(predictions)),
    )


def edit_pairs(label: str, prediction: str) -> list[tuple[str, str]]:
    """Align two texts by the fewest edits.

    Args:
        label: the true text.
        prediction: the predicted text.

    Returns:
        The differing characters as (label, prediction); "" stands for the missing one of an insertion or deletion.
    """
    return [
        (label[op.src_pos] if op.tag != "insert" else "", prediction[op.dest_pos] if op.tag != "delete" else "")
        for op in Levenshtein.editops(label, prediction)
    ]


def confusions(predictions: Iterable[ScoredPrediction], top: int = TOP_CONFUSIONS) -> list[Confusion]:
    """Count the errors.

    Args:
        predictions: in any order.
        top: number of errors to return at most.

    Returns:
        The most frequent errors, most frequent first, in code point order where equally frequent.
    """
    ranked = sorted(_error_counts(predictions).items(), key=lambda item: (-item[1], item[0]))[:top]
    return [Confusion(_describe(*pair), *pair, count) for pair, count in ranked]


def errors_by_character(predictions: Sequence[ScoredPrediction]) -> list[CharacterErrors]:
    """Count the errors of each character.

    Args:
        predictions: in any order.

    Returns:
        A row for every character of the labels and every inserted one, in code point order.
    """
    counts = Counter("".join(each.label for each in predictions))
    substituted, deleted, inserted = Counter[str](), Counter[str](), Counter[str]()
    for (true, predicted), count in _error_counts(predictions).items():
        if not true:
            inserted[predicted] += count
        else:
            (substituted if predicted else deleted)[true] += count
    rows = []
    for c in sorted(counts | inserted):
        rate = round((substituted[c] + deleted[c]) / counts[c], 6) if counts[c] else None
        rows.append(CharacterErrors(c, counts[c], substituted[c], deleted[c], inserted[c], rate))
    return rows


def errors_by_length(predictions: Iterable[ScoredPrediction]) -> list[LengthErrors]:
    """Compute the rates of each length of label, or of equal ranges of lengths where labels are long.

    Args:
        predictions: in any order.

    Returns:
        A row for every length or range that occurs, at most `LENGTHS`, shortest first; rates are rounded to 6 decimals.
    """
    groups: dict[int, list[ScoredPrediction]] = defaultdict(list)
    predictions = list(predictions)
    step = max(1, -(-max((len(each.label) for each in predictions), default=1) // LENGTHS))
    for each in predictions:
        groups[(len(each.label) - 1) // step].append(each)
    rows = []
    for number, group in sorted(groups.items()):
        edits, length = [each.edits for each in group], sum(len(each.label) for each in group)
        cer, exact = sum(edits) / length, edits.count(0) / len(edits)
        rows.append(LengthErrors(number * step + 1, (number + 1) * step, len(group), round(cer, 6), round(exact, 6)))
    return rows


def visible(character: str) -> str:
    """A character as a person can see it: the space as an open box, all others as they are."""
    return "\N{OPEN BOX}" if character == " " else character


def _error_counts(predictions: Iterable[ScoredPrediction]) -> Counter[tuple[str, str]]:
    return Counter(pair for each in predictions for pair in edit_pairs(each.label, each.prediction))


def _describe(label: str, prediction: str) -> str:
    if not label:
        return f"{visible(prediction)} inserted"
    return f"{visible(label)} predicted as {visible(prediction)}" if prediction else f"{visible(label)} deleted"
