"""Tell the printed text of a form from handwriting.

Two signs are used. A printed word is a run of letters closer together and more even than a hand writes them. A printed
label before the handwriting ends in a colon or a wide gap.
"""

from __future__ import annotations

from math import ceil
from statistics import median  # for a handful of numbers several times faster than NumPy's

import numpy as np

from inkpipe.imaging.components import Components

# A printed word, in heights of its letters:
MAX_LETTER_GAP = 0.25  # between neighboring letters; 2 pixels are always allowed
MAX_UNEVENNESS = 0.06  # between the tops, and between the bottoms, of neighboring letters; 1 pixel is always allowed
MIN_WORD_WIDTH = 2.5  # of the word; the number of components says less, because printed letters can touch
MAX_WORD_GAP = 1.0  # between a printed word and letters beside it, which are printed too if they stand as even
# A label before the handwriting, in heights of the line's letters:
MIN_PRINT_GAP = 1.5  # between print and the handwriting after it
MIN_COLON_GAP = 0.8  # between a colon and the handwriting after it
CLEAR_GAP = 0.5  # within either gap, without any ink: joined words of running text leave less
MAX_COLON_REACH = 0.25  # by which a colon may stand out above or below the letters
MAX_DOT = 0.4  # width and height of each dot of a colon
MIN_DOT = 2  # pixels, likewise: what is left of a faint stroke is thinner


def printed_letters(components: Components) -> np.ndarray:
    """Find the letters of printed words.

    Args:
        components: of an image.

    Returns:
        bool (n,), which components are printed letters.
    """
    # The border of the image cuts neighbors to the same height, so only whole components can count as even.
    whole = np.flatnonzero(components.solid & ~components.at_border)
    order = whole[np.argsort(components.left[whole], kind="stable")]
    left, top, right, bottom, height = (
        values[order]
        for values in (components.left, components.top, components.right, components.bottom, components.height)
    )
    gap = left - right[:, None]
    follows = (gap >= -1) & (gap <= np.maximum(2, MAX_LETTER_GAP * height)[:, None])
    uneven = np.maximum(1, MAX_UNEVENNESS * height)[:, None]
    follows &= (np.abs(top - top[:, None]) <= uneven) & (np.abs(bottom - bottom[:, None]) <= uneven)
    printed = np.zeros_like(components.solid)
    if not follows.any():
        return printed
    word = np.arange(order.size)  # the first letter of each letter's word
    for before, after in zip(*np.nonzero(follows), strict=True):
        word[after] = word[before]
    for first in np.unique(word[follows.any(axis=0)]):
        letters = word == first
        if right[letters].max() - left[first] >= MIN_WORD_WIDTH * height[first]:
            printed[order[letters]] = True
    return _with_short_words(components, whole, printed)


def _with_short_words(components: Components, whole: np.ndarray, printed: np.ndarray) -> np.ndarray:
    """`printed`, and what stands beside printed words at their very height, such as the DE of DATE DE NAISSANCE."""
    words = np.flatnonzero(printed)
    others = whole[~printed[whole]]
    height = components.height[words]
    uneven = np.maximum(1, MAX_UNEVENNESS * height)
    even = np.abs(components.top[others, None] - components.top[words]) <= uneven
    even &= np.abs(components.bottom[others, None] - components.bottom[words]) <= uneven
    after = components.left[others, None] - components.right[words]
    before = components.left[words] - components.right[others, None]
    near = np.maximum(after, before) <= MAX_WORD_GAP * height
    extended = printed.copy()
    extended[others[(even & near).any(axis=1)]] = True
    return extended


def handwriting_start(
    components: Components, line: np.ndarray, printed: np.ndarray, *, top: float, bottom: float
) -> int:
    """Find where the handwriting of a line starts behind a printed label.

    A label is print or ends in a colon. A gap follows it, then most of the handwriting of the line. Print that the
    border cuts off is not known as such; before a colon it is told by its close letters. Joined letters of a hand can
    look like print too, so the gap must also be clear of all ink.

    Args:
        components: of an image.
        line: int (m,), the solid components of the line, at least one.
        printed: bool (n,), see `printed_letters`.
        top: of most letters of the line, in pixels.
        bottom: likewise.

    Returns:
        The first column of the handwriting, 0 if no label stands before it.
    """
    height = median(components.height[line].tolist())
    letters = line[components.height[line] > MAX_DOT * height]
    left, right, is_print = components.left[letters], components.right[letters], printed[letters]
    colons = _colons(components, letters)
    label_ends = [(end, MIN_COLON_GAP * height) for end in colons]
    label_ends += [(end, MIN_PRINT_GAP * height) for end in right[is_print].tolist()]
    for end, gap in sorted(label_ends):
        start = left[right > end].min(initial=components.labels.shape[1])
        before = letters[right <= end]
        mostly_after = 2 * np.count_nonzero(left[~is_print] >= end) > np.count_nonzero(~is_print)
        is_label = mostly_after or (end in colons and _is_close_word(components, before, height))
        if left.min() < end and start >= end + gap and is_label and _is_clear(components, end, int(start), top, bottom):
            return int(start)
    return 0


def _is_clear(components: Components, end: int, start: int, top: float, bottom: float) -> bool:
    """Whether there is a gap without any ink from column `end` to `start`, in the rows `top` to `bottom`."""
    ink = components.labels[int(top) : ceil(bottom), end:start].any(axis=0)
    edges = np.flatnonzero(np.concatenate([[True], ink, [True]]))
    return int(np.diff(edges).max()) - 1 >= CLEAR_GAP * (bottom - top)


def _is_close_word(components: Components, letters: np.ndarray, height: float) -> bool:
    """Whether letters are as close together, and as many, as those of a printed word."""
    if not letters.size:
        return False
    order = letters[np.argsort(components.left[letters], kind="stable")]
    left, right = components.left[order], components.right[order]
    gaps = left[1:] - right[:-1]
    return bool(right.max() - left[0] >= MIN_WORD_WIDTH * height and (gaps <= max(2, MAX_LETTER_GAP * height)).all())


def handwriting_after_colon(components: Components, line: np.ndarray, printed: np.ndarray) -> np.ndarray:
    """Find the components that follow a printed label, its colon and a gap.

    Even handwriting can look like print. Where a colon ends a label, what follows is handwriting all the same.

    Args:
        components: of an image.
        line: int (m,), the solid components of a line, at least one.
        printed: bool (n,), see `printed_letters`.

    Returns:
        int (at most m,), empty if the line has no such label.
    """
    gap = MIN_COLON_GAP * median(components.height[line].tolist())
    left, right = components.left[line], components.right[line]
    for end in sorted(_colons(components, line)):
        after = left >= end
        labeled = (printed[line] & (right <= end)).any()
        if labeled and after.any() and left[after].min() >= end + gap:
            return line[after]
    return line[:0]


def _colons(components: Components, letters: np.ndarray) -> list[int]:
    """The right edges of colons: two dots, one above the other, with no letter of the line in the same columns."""
    top, bottom = median(components.top[letters].tolist()), median(components.bottom[letters].tolist())
    dot, reach = MAX_DOT * (bottom - top), MAX_COLON_REACH * (bottom - top)
    inside = (components.top >= top - reach) & (components.bottom <= bottom + reach)
    small = (components.height <= dot) & (components.width <= dot)
    dots = np.flatnonzero(inside & small & (components.height >= MIN_DOT) & (components.width >= MIN_DOT))
    if dots.size < 2:
        return []
    above = components.bottom[dots][:, None] < components.top[dots]
    for side in (components.left[dots], components.right[dots]):
        above &= np.abs(side[:, None] - side) <= 1
    pairs = dots[np.argwhere(above)]
    left, right = components.left[pairs].min(axis=1), components.right[pairs].max(axis=1)
    beside = (components.right[letters] > left[:, None]) & (components.left[letters] < right[:, None])
    return right[~beside.any(axis=1)].tolist()
