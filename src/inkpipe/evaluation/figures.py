"""The figures of the analysis, as PNG: the same tables give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from inkpipe.evaluation.analysis import CharacterErrors, LengthErrors, visible
from inkpipe.evaluation.calibration import CalibrationBin
from inkpipe.pages.charts import GRAY, INK, PALE, draw, percent_axis, whole_numbers


def reliability(table: Sequence[CalibrationBin]) -> bytes:
    """Draw the fraction of correct predictions against their confidence, and the number of predictions of each.

    Args:
        table: the bins of `calibration.calibration`.

    Returns:
        A PNG of 1536 x 544 pixels.
    """

    def rates(axes: Axes) -> None:
        confidences, exact = [each.confidence for each in table], [each.exact for each in table]
        axes.plot([0, 1], [0, 1], color=GRAY, linestyle=":", label="perfectly calibrated")
        axes.plot(confidences, exact, color=INK, marker="o", label="this model")
        axes.set(title="Correct predictions", xlabel="confidence", xlim=(0, 1), ylim=(0, 1.03))
        percent_axis(axes, both=True)
        axes.legend(loc="upper left")

    def counts(axes: Axes) -> None:
        centers = [(each.low + each.high) / 2 for each in table]
        axes.bar(centers, [each.n for each in table], width=0.09, color=PALE)
        axes.set(title="Images", xlabel="confidence", xlim=(0, 1))
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        whole_numbers(axes, y=True)

    return draw(rates, counts)


def cer_by_length(table: Sequence[LengthErrors]) -> bytes:
    """Draw the CER against the length of the label, and the number of labels of each length.

    Args:
        table: the rows of `analysis.errors_by_length`.

    Returns:
        A PNG of 1536 x 544 pixels.
    """
    lengths = [each.length for each in table]

    def rates(axes: Axes) -> None:
        axes.plot(lengths, [each.cer for each in table], color=INK, marker="o")
        axes.set(title="Character error rate", xlabel="characters in the label", ylim=(0, None))
        percent_axis(axes)
        whole_numbers(axes, x=True)

    def counts(axes: Axes) -> None:
        axes.bar(lengths, [each.n for each in table], color=PALE)
        axes.set(title="Images", xlabel="characters in the label")
        whole_numbers(axes, x=True, y=True)

    return draw(rates, counts)


def errors_by_character(table: Sequence[CharacterErrors]) -> bytes:
    """Draw the fractions of each character of the labels that were substituted and deleted, worst first.

    Args:
        table: the rows of `analysis.errors_by_character`; characters that no label has are not drawn.

    Returns:
        A PNG of 1536 x 544 pixels.
    """
    rows = sorted((each for each in table if each.n), key=lambda each: (-(each.error_rate or 0), each.character))

    def rates(axes: Axes) -> None:
        positions = range(len(rows))
        substituted = [each.substituted / each.n for each in rows]
        deleted = [each.deleted / each.n for each in rows]
        axes.bar(positions, substituted, color=INK, label="substituted")
        axes.bar(positions, deleted, bottom=substituted, color=PALE, label="deleted")
        axes.set(title="Errors by character", xlim=(-0.6, len(rows) - 0.4))
        axes.set_xticks(positions, [visible(each.character) for each in rows], parse_math=False)
        percent_axis(axes)
        axes.legend(loc="upper right")

    return draw(rates)
