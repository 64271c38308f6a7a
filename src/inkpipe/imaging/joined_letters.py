"""Letters that touch a ruled line, such as the border of a table's cell.

Both are one component, which the search for the line takes for a bar. The letter must stay.
"""

from __future__ import annotations

from statistics import median  # for a handful of numbers several times faster than NumPy's

import numpy as np

from inkpipe.imaging.components import Components
from inkpipe.imaging.text_line import BAR, MAX_GAP, MIN_LETTER_HEIGHT

# In heights of the line's letters:
MIN_WIDTH = 0.25  # by which a bar with a letter is wider at the line than elsewhere; a slope of 10 degrees gives 0.18
MAX_RULE = 0.2  # width of a ruled line; a wider bar is rotated print or the edge of the page


def text_columns(components: Components, text: np.ndarray) -> tuple[int, int]:
    """The columns of a line of text, with the letters that touch a ruled line beside it.

    Args:
        components: of an image.
        text: bool (n,), those of the line, at least one.

    Returns:
        The first column and the one after the last.
    """
    left, right = int(components.left[text].min()), int(components.right[text].max())
    letters = text & (components.height >= MIN_LETTER_HEIGHT * components.height[text].max())
    top, bottom = (int(median(side[letters].tolist())) for side in (components.top, components.bottom))
    height = bottom - top
    joined = [_letters(components, bar, top, bottom) for bar in _bars(components, text, (left, right), height)]
    found = [columns for columns in joined if columns]
    return min([left, *(first for first, _ in found)]), max([right, *(last for _, last in found)])


def _bars(components: Components, text: np.ndarray, columns: tuple[int, int], height: int) -> list[int]:
    """The tall components beside a line that are wide enough to have a letter."""
    left, right = columns
    near = (components.left <= right + MAX_GAP * height) & (components.right >= left - MAX_GAP * height)
    tall = (components.height > BAR * height) & (components.width > MIN_WIDTH * height)
    bars = near & tall & ~text
    bars[0] = False
    return np.flatnonzero(bars).tolist()


def _letters(components: Components, bar: int, top: int, bottom: int) -> tuple[int, int] | None:
    """The columns of a bar between two rows, if it is wider there than above and below, where it is thin; else None."""
    first, last = int(components.left[bar]), int(components.right[bar])
    ink = components.labels[components.top[bar] : components.bottom[bar], first:last] == bar
    start, stop = max(0, top - int(components.top[bar])), max(0, bottom - int(components.top[bar]))
    columns = np.flatnonzero(ink[start:stop].any(axis=0))
    elsewhere = np.concatenate([ink[:start], ink[stop:]]).sum(axis=1)
    if not columns.size or not elsewhere.size:
        return None
    found, height, rule = (first + int(columns[0]), first + int(columns[-1]) + 1), bottom - top, np.median(elsewhere)
    return found if rule <= MAX_RULE * height and found[1] - found[0] - rule >= MIN_WIDTH * height else None
