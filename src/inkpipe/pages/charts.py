"""Charts in one style, drawn by Matplotlib: the same numbers give the same bytes, as PNG and as SVG."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

INK, PALE, ACCENT, GRAY = "#1d3557", "#a8bfd8", "#c8553d", "#6b7785"
SERIES = (INK, "#7aa0c4", ACCENT)  # colors of up to three series side by side
MARK = "#b3261e"  # color of names that need attention; the style sheet's `--wrong`
WIDTH, HEIGHT = 9.6, 3.4  # inches
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"  # the fonts that come with Matplotlib
DPI = 160  # of PNGs: a figure of the standard size has 1536 x 544 pixels
STYLE: dict[str, Any] = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#c3cad3",
    "axes.labelcolor": GRAY,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#e6eaef",
    "xtick.color": GRAY,
    "ytick.color": GRAY,
    "legend.frameon": False,
    "font.size": 9,
    "svg.fonttype": "none",  # text stays text: smaller files, and a browser can search it
    "svg.hashsalt": "inkpipe",  # ids follow from the content instead of from chance
}

Panel = Callable[[Axes], None]


def draw(
    *panels: Panel,
    format: Literal["png", "svg"] = "png",  # noqa: A002  # Matplotlib's own word
    width: float = WIDTH,
    height: float = HEIGHT,
) -> bytes:
    """Draw panels side by side, in the project's style whatever the user's own Matplotlib settings are.

    Args:
        panels: functions that each draw into axes of their own.
        format: `png`, or `svg` as an `<svg>` element without prolog that a page can hold.
        width: of the whole figure, inches.
        height: of the whole figure, inches.

    Returns:
        The picture's bytes, the same for the same drawing. They hold no date and no version.
    """
    with matplotlib.style.context(["default", STYLE]):
        figure = Figure(figsize=(width, height), layout="constrained")
        for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            panel(axes)
        buffer = io.BytesIO()
        metadata = {"Software": None} if format == "png" else {"Creator": None, "Date": None}
        figure.savefig(buffer, format=format, dpi=DPI, metadata=metadata)
    picture = buffer.getvalue()
    return picture if format == "png" else picture[picture.index(b"<svg") :]


def grouped_bars(
    names: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    marked: Collection[str] = (),
    every: int = 1,
) -> Panel:
    """A panel of bars in groups, a bar of each series in a group. The axis is in percent.

    Args:
        names: of the groups, in order. From about 80 on, give `draw` 0.1 inches of width for each.
        series: name of each series and its fractions, 0 to 1, one for each group. Up to three.
        marked: groups whose names are red and bold.
        every: write the name of every n-th group, from the first.

    Returns:
        A panel for `draw`. Without a group it shows empty axes.
    """

    def panel(axes: Axes) -> None:
        bar = 0.8 / max(len(series), 1)
        for place, ((label, values), color) in enumerate(zip(series.items(), SERIES, strict=False)):
            lefts = [index - 0.4 + place * bar for index in range(len(names))]
            axes.bar(lefts, values, width=bar, align="edge", color=color, label=label)
        axes.set(xlim=(-0.6, max(len(names), 1) - 0.4), ylim=(0, None))
        axes.set_xticks(range(0, len(names), every), names[::every], parse_math=False)  # a dollar sign is no formula
        for tick, name in zip(axes.get_xticklabels(), names[::every], strict=True):
            if name in marked:
                tick.set(color=MARK, fontweight="bold")
        axes.tick_params(axis="x", length=0)
        percent_axis(axes)

    return panel


def percent_axis(axes: Axes, *, both: bool = False) -> None:
    """Write the fractions of the vertical axis, or of both axes, as percentages."""
    for axis in (axes.yaxis, axes.xaxis) if both else (axes.yaxis,):
        axis.set_major_formatter(PercentFormatter(1, decimals=None))


def whole_numbers(axes: Axes, *, x: bool = False, y: bool = False) -> None:
    """Put ticks at whole numbers only, on the axes that are named; a single one where one is all, as of one epoch."""
    for axis in [axis for axis, named in ((axes.xaxis, x), (axes.yaxis, y)) if named]:
        axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
