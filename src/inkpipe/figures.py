"""The figures of the report and of MLflow, as PNG bytes: the same numbers give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from inkpipe.analysis import CalibrationBin, CharacterErrors, LengthErrors, shown

INK, ACCENT, PALE, GREY = "#1d3557", "#c8553d", "#a8bfd8", "#6b7785"
SIZE = (9.6, 3.4)  # inches
DPI = 160
STYLE: dict[str, Any] = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#c3cad3",
    "axes.labelcolor": GREY,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#e6eaef",
    "xtick.color": GREY,
    "ytick.color": GREY,
    "legend.frameon": False,
    "font.size": 9,
}


def learning_curves(history: Mapping[str, Sequence[float]]) -> bytes:
    """Loss of training and validation, and validation CER, over the epochs; the best epoch marked.

    Args:
        history: the columns `epoch`, `loss`, `val_loss` and `val_cer`, at least one epoch long.
    """
    epochs, cers = history["epoch"], history["val_cer"]
    best = min(range(len(cers)), key=cers.__getitem__)

    def loss(axes: Axes) -> None:
        axes.plot(epochs, history["loss"], color=PALE, label="training", marker=".")
        axes.plot(epochs, history["val_loss"], color=INK, label="validation", marker=".")
        axes.set(title="CTC loss", xlabel="epoch", ylim=(0, None))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()

    def cer(axes: Axes) -> None:
        axes.plot(epochs, cers, color=INK, marker=".")
        axes.plot([epochs[best]], [cers[best]], color=ACCENT, marker="o", linestyle="", label=f"best: {cers[best]:.1%}")
        axes.set(title="Character error rate, validation", xlabel="epoch", ylim=(0, None))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        _percent(axes)
        axes.legend()

    return _draw(loss, cer)


def reliability(table: Sequence[CalibrationBin]) -> bytes:
    """Share of reads without an error against the confidence given, and how many reads there are of each."""

    def rates(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="perfectly honest")
        axes.plot(
            [each.confidence for each in table],
            [each.exact for each in table],
            color=INK,
            marker="o",
            label="this reader",
        )
        axes.set(title="Reads without an error", xlabel="confidence", xlim=(0, 1), ylim=(0, 1.03))
        _percent(axes, both=True)
        axes.legend(loc="upper left")

    def counts(axes: Axes) -> None:
        middles = [(each.low + each.high) / 2 for each in table]
        axes.bar(middles, [each.n for each in table], width=0.09, color=PALE)
        axes.set(title="Images", xlabel="confidence", xlim=(0, 1))
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))

    return _draw(rates, counts)


def cer_by_length(table: Sequence[LengthErrors]) -> bytes:
    """CER against the label's length, and how many labels there are of each."""
    lengths = [each.length for each in table]

    def rates(axes: Axes) -> None:
        axes.plot(lengths, [each.cer for each in table], color=INK, marker="o")
        axes.set(title="Character error rate", xlabel="characters in the label", ylim=(0, None))
        _percent(axes)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))

    def counts(axes: Axes) -> None:
        axes.bar(lengths, [each.n for each in table], color=PALE)
        axes.set(title="Images", xlabel="characters in the label")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))

    return _draw(rates, counts)


def errors_by_character(table: Sequence[CharacterErrors]) -> bytes:
    """For each character of the labels, worst first: the share that was misread and the share that was missed."""
    known = sorted((each for each in table if each.n), key=lambda each: (-(each.error_rate or 0), each.character))

    def rates(axes: Axes) -> None:
        names = [shown(each.character) for each in known]
        substituted = [each.substituted / each.n for each in known]
        axes.bar(names, substituted, color=INK, label="read as another")
        axes.bar(names, [each.deleted / each.n for each in known], bottom=substituted, color=PALE, label="missed")
        axes.set(title="Errors by character", xlim=(-0.6, len(known) - 0.4))
        _percent(axes)
        axes.legend(loc="upper right")

    return _draw(rates)


def _percent(axes: Axes, both: bool = False) -> None:
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
    if both:
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))


def _draw(*panels: Callable[[Axes], None]) -> bytes:
    """Draw each panel into axes of its own, side by side."""
    with matplotlib.style.context(["default", STYLE]):  # whatever the user's own settings are
        figure = Figure(figsize=SIZE, layout="constrained")
        for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            panel(axes)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()
