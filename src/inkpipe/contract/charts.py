"""Bar charts as inline SVG: crisp at any size, readable offline, the same bytes for the same numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape

COLOURS = ("#1d3557", "#7aa0c4", "#c8553d")
MARK, GREY, LINE = "#b3261e", "#6b7785", "#e6eaef"
HEIGHT, LEFT, TOP, BOTTOM = 200, 44, 8, 26  # pixels of the bars' area and around it
WIDTH, GAP = 1000, 5  # pixels of the whole at least, and between groups
BARS = (5, 22)  # pixels of the narrowest and of the widest bar


def bar_chart(
    names: Sequence[str], series: Mapping[str, Sequence[float]], marked: Collection[str] = (), every: int = 1
) -> str:
    """Grouped bars.

    Args:
        names: of the groups, along the axis.
        series: up to three; shares (0 to 1), one a group.
        marked: groups whose name is set off in red.
        every: label only each so manieth group.
    """
    top = max((value for values in series.values() for value in values), default=0) or 1
    bar = min(max((WIDTH - LEFT) / max(len(names), 1) - GAP, BARS[0] * len(series)) / len(series), BARS[1])
    step = bar * len(series) + GAP
    width = max(WIDTH, round(LEFT + step * len(names) + GAP))
    parts = [_scale(top, width)]
    for index, name in enumerate(names):
        left = LEFT + GAP + index * step
        bars = zip(series.items(), COLOURS, strict=False)
        for place, ((label, values), colour) in enumerate(bars):
            height = values[index] / top * HEIGHT
            title = f"<title>{escape(f'{name}, {label}: {values[index]:.2%}')}</title>"
            parts.append(
                f'<rect x="{left + place * bar:.1f}" y="{TOP + HEIGHT - height:.1f}" width="{bar - 1:.1f}" '
                f'height="{height:.1f}" fill="{colour}">{title}</rect>'
            )
        if index % every == 0:
            parts.append(_name(left + bar * len(series) / 2, name, name in marked))
    height = TOP + HEIGHT + BOTTOM
    return f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">{"".join(parts)}</svg>'


def _name(centre: float, name: str, marked: bool) -> str:
    colour, weight = (MARK, ' font-weight="700"') if marked else (GREY, "")
    return (
        f'<text x="{centre:.1f}" y="{TOP + HEIGHT + 16}" fill="{colour}"{weight} font-size="11" text-anchor="middle">'
        f"{escape(name)}</text>"
    )


def _scale(top: float, width: int) -> str:
    lines = []
    for quarter in range(5):
        y = TOP + HEIGHT * (1 - quarter / 4)
        share = f"{top * quarter / 4:.1%}"
        lines.append(
            f'<line x1="{LEFT}" x2="{width}" y1="{y:g}" y2="{y:g}" stroke="{LINE}"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:g}" fill="{GREY}" font-size="11" text-anchor="end">{share}</text>'
        )
    return "".join(lines)
