"""The figures of the analysis, as PNG: the same tables give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from inkpipe.evaluation.analysis import CharacterErrors, LengthErrors, visible
from inkpipe.evaluation.calibration import CalibrationBin
from inkpipe.evaluation.rejection import RejectionPoint
from inkpipe.pages.charts import ACCENT, GRAY, INK, PALE, SERIES, Panel, draw, percent_axis, whole_numbers

Bins = Sequence[CalibrationBin]

CHARACTERS = 45  # that have room beside each other
FREQUENT = 10  # occurrences from which on the rate of a character says something


def reliability(table: Bins, uncalibrated: Bins = (), characters: Bins = ()) -> bytes:
    """Draw the fraction of correct predictions against their confidence, and the number of predictions of each.

    Args:
        table: the bins of `calibration.calibration`.
        uncalibrated: the bins of the confidences before the decoder's calibration; drawn if there are any.
        characters: the bins of the confidences of characters; drawn if there are any.

    Returns:
        A PNG of 1536 x 544 pixels.
    """
    named = {"texts": table, "texts before calibration": uncalibrated, "characters": characters}
    curves = {name: bins for name, bins in named.items() if bins}

    def rates(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=GRAY, linestyle=":", label="perfectly calibrated")
        for (name, bins), color in zip(curves.items(), SERIES, strict=False):
            confidences, exact = [each.confidence for each in bins], [each.exact for each in bins]
            axes.plot(confidences, exact, color=color, marker="o", label=name)
        axes.set(title="Correct predictions", xlabel="confidence", ylabel="correct", xlim=(0, 1), ylim=(0, 1.03))
        percent_axis(axes, both=True)
        axes.legend(loc="upper left")

    def counts(axes: Axes) -> None:
        centers = [(each.low + each.high) / 2 for each in table]
        axes.bar(centers, [each.n for each in table], width=0.09, color=PALE)
        axes.set(title="Images", xlabel="confidence", ylabel="images", xlim=(0, 1))
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        whole_numbers(axes, y=True)

    return draw(rates, counts)


def rejection(curve: Sequence[RejectionPoint]) -> bytes:
    """Draw the errors among the accepted predictions against their fraction, the most confident ones accepted first.

    Args:
        curve: the rows of `rejection.thin_out`.

    Returns:
        A PNG of 1536 x 544 pixels.
    """
    coverages = [each.coverage for each in curve]

    def errors(title: str, values: Sequence[float], color: str) -> Panel:
        def panel(axes: Axes) -> None:
            axes.plot(coverages, values, color=color, marker="." if len(curve) > 1 else "o")
            axes.set(title=title, xlabel="images accepted", ylabel="among the accepted", xlim=(0, 1.01), ylim=(0, None))
            percent_axis(axes, both=True)

        return panel

    return draw(
        errors("Wrong texts", [1 - each.exact for each in curve], INK),
        errors("Character error rate", [each.cer for each in curve], ACCENT),
    )


def cer_by_length(table: Sequence[LengthErrors]) -> bytes:
    """Draw the CER against the length of the label, and the number of labels of each length.

    Args:
        table: the rows of `analysis.errors_by_length`.

    Returns:
        A PNG of 1536 x 544 pixels.
    """
    lengths = [(each.length + each.longest) / 2 for each in table]
    step = max((each.longest - each.length + 1 for each in table), default=1)
    characters = "characters in the label" + (f", in ranges of {step}" if step > 1 else "")

    def rates(axes: Axes) -> None:
        axes.plot(lengths, [each.cer for each in table], color=INK, marker="o")
        axes.set(title="Character error rate", xlabel=characters, ylabel="CER", ylim=(0, None))
        percent_axis(axes)
        whole_numbers(axes, x=True)

    def counts(axes: Axes) -> None:
        axes.bar(lengths, [each.n for each in table], color=PALE, width=0.8 * step)
        axes.set(title="Images", xlabel=characters, ylabel="images")
        whole_numbers(axes, x=True, y=True)

    return draw(rates, counts)


def errors_by_character(table: Sequence[CharacterErrors]) -> bytes:
    """Draw the fractions of each character of the labels that were substituted and deleted, worst first.

    Args:
        table: the rows of `analysis.errors_by_character`; characters that no label has are not drawn. Of more than
            `CHARACTERS` those are drawn that have most errors, and none that is so rare that its rate says nothing.

    Returns:
        A PNG of 1536 x 544 pixels.
    """
    rows = [each for each in table if each.n]
    if len(rows) > CHARACTERS:
        frequent = [each for each in rows if each.n >= FREQUENT] or rows
        rows = sorted(frequent, key=lambda each: -each.substituted - each.deleted)[:CHARACTERS]
    rows.sort(key=lambda each: (-(each.error_rate or 0), each.character))

    def rates(axes: Axes) -> None:
        positions = range(len(rows))
        substituted = [each.substituted / each.n for each in rows]
        deleted = [each.deleted / each.n for each in rows]
        axes.bar(positions, substituted, color=INK, label="substituted")
        axes.bar(positions, deleted, bottom=substituted, color=PALE, label="deleted")
        axes.set(
            title="Errors by character",
            xlabel="character of the label",
            ylabel="fraction wrong",
            xlim=(-0.6, len(rows) - 0.4),
        )
        axes.set_xticks(positions, [visible(each.character) for each in rows], parse_math=False)
        percent_axis(axes)
        axes.legend(loc="upper right")

    return draw(rates)
