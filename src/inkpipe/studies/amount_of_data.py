"""The learning curve over the amount of training data: its points, its table and its chart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

from inkpipe.evaluation.evaluate import PreparedSamples, predict
from inkpipe.evaluation.metrics import Estimate, Scores, labels_and_texts, score
from inkpipe.files import own_directory, write_csv, write_json
from inkpipe.model.ocr import CTCOCRModel
from inkpipe.pages.charts import ACCENT, GRAY, INK, draw, percent_axis
from inkpipe.params.evaluate import EvaluateParams
from inkpipe.progress import track
from inkpipe.studies.nested_subsets import Subset
from inkpipe.studies.power_law import CurvePoint, PowerLaw

COMMAND = "learning-curve"  # that writes the folder


class Measured(NamedTuple):
    """A model of the learning curve, measured on the validation images.

    Attributes:
        subset: the images that it was trained on, without synthetic ones beside real ones.
        scores: CER and exact match with their intervals.
        point: its errors, for the power law.
    """

    subset: Subset
    scores: Scores
    point: CurvePoint


class LearningCurveRow(NamedTuple):
    """A row of learning_curve.csv: a training and its validation rates, with 95 % intervals.

    `n` is the number of its training images, of the real ones in a mixture.
    """

    fraction: float
    seed: int
    n: int
    cer: float
    cer_low: float
    cer_high: float
    exact: float
    exact_low: float
    exact_high: float


def measure_subset(
    subset: Subset, model: CTCOCRModel, validation: PreparedSamples, params: EvaluateParams, seed: int
) -> Measured:
    """Measure a model of the learning curve.

    Args:
        subset: the images that it was trained on.
        model: that was trained on them.
        validation: images to measure on.
        params: batch size and resamples.
        seed: seed of the resamples.

    Raises:
        InkpipeError: a confidence is not a number.
    """
    counted = track(validation, len(validation), "recognizing validation images")
    predictions = list(predict(counted, model.recognize, params.batch_size))
    scores = score(*labels_and_texts(predictions), params.bootstrap, seed)
    edits, lengths = [each.edits for each in predictions], [len(each.label) for each in predictions]
    return Measured(subset, scores, CurvePoint(len(subset.rows), edits, lengths))


def write_learning_curve(folder: Path, measured: Sequence[Measured], law: PowerLaw) -> None:
    """Write `learning_curve.csv`, `learning_curve.json` and `learning_curve.png`; the same arguments, the same bytes.

    Args:
        folder: new, or an earlier output.
        measured: the models of the curve.
        law: the power law through them.

    Raises:
        InkpipeError: the folder holds other files or cannot be written, or the disk is full.
    """
    with own_directory(folder, COMMAND) as partial:
        write_csv(partial / "learning_curve.csv", LearningCurveRow._fields, map(_row, measured))
        write_json(partial / "learning_curve.json", law_to_json(law))
        (partial / "learning_curve.png").write_bytes(draw_learning_curve(measured, law))


def law_to_json(law: PowerLaw) -> dict[str, object]:
    """The law as JSON: each estimate as value, low and high, rounded to 6 decimals."""
    estimates = {name: getattr(law, name) for name in ("exponent", "now", "extrapolated", "reduction")}
    rounded = {name: {key: round(x, 6) for key, x in each._asdict().items()} for name, each in estimates.items()}
    return {"factor": round(law.factor, 6), "n": law.n, "extrapolation_factor": law.extrapolation_factor, **rounded}


def draw_learning_curve(measured: Sequence[Measured], law: PowerLaw) -> bytes:
    """Draw the error rates over the number of training images, both as logarithms, with the law and its extrapolation.

    Args:
        measured: the models of the curve.
        law: the power law through them.

    Returns:
        A PNG of 1536 x 544 pixels.
    """
    sizes = [each.point.n for each in measured]
    rates = [each.scores["cer"] for each in measured]

    def panel(axes: Axes) -> None:
        ends = [min(sizes), law.extrapolation_factor * law.n]
        axes.plot(
            ends,
            [law.cer(n) for n in ends],
            color=GRAY,
            linestyle=":",
            label=f"power law, exponent {-law.exponent.value:.2f}",
        )
        _intervals(axes, sizes, rates, INK, "trained")
        _intervals(axes, [law.extrapolation_factor * law.n], [law.extrapolated], ACCENT, "extrapolated")
        axes.set(xscale="log", yscale="log", xlabel="training images", ylabel="validation CER")
        axes.set_title("Character error rate over the amount of training data, 95 % intervals")
        axes.set_xticks(sorted({*sizes, *ends}))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda n, _: f"{n:,.0f}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.minorticks_off()
        low, high = min(law.extrapolated.low, *(rate.low for rate in rates)), max(rate.high for rate in rates)
        axes.set_yticks([tick for tick in TICKS if low / 1.5 <= tick <= high * 1.5])
        percent_axis(axes)
        axes.legend()

    return draw(panel)


TICKS = [factor * 10.0**power for power in range(-4, 2) for factor in (1, 2, 5)]  # of error rates


def _intervals(axes: Axes, sizes: Sequence[float], rates: Sequence[Estimate], color: str, label: str) -> None:
    values = [value for value, _, _ in rates]
    errors = [[value - low for value, low, _ in rates], [high - value for value, _, high in rates]]
    clipped = [[max(0.0, each) for each in side] for side in errors]
    axes.errorbar(sizes, values, yerr=clipped, color=color, marker="o", linestyle="", capsize=3, label=label)


def _row(measured: Measured) -> LearningCurveRow:
    rates = measured.scores.to_json()
    names = [f"{rate}{end}" for rate in ("cer", "exact") for end in ("", "_low", "_high")]
    fraction, seed, rows = measured.subset
    return LearningCurveRow(fraction, seed, len(rows), *(rates[name] for name in names))
