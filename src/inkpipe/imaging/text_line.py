"""Find the handwritten line that an image of a form is about.

Such an image often holds more than the handwriting: the cut-off lines above and below, a printed label, a page edge.
"""

from __future__ import annotations

from statistics import median  # for a handful of numbers several times faster than NumPy's
from typing import NamedTuple

import numpy as np

from inkpipe.imaging.components import Components
from inkpipe.imaging.printed import handwriting_after_colon, handwriting_start, printed_letters

MIN_LETTER_HEIGHT = 0.4  # of the tallest component. Smaller ones, such as accents and hyphens, do not decide on lines
RUNNING_TEXT = 12.0  # width / height of all ink, from which on there is room for one line alone
MAX_WORD_GAP = 0.8  # of its height, between the words of running text
MIN_OVERLAP = 0.5  # of a component's height that it shares with the line that it belongs to
# In heights of the line's letters:
BAR = 1.8  # least height of a bar at the border, which is no letter
ABOVE, BELOW = 0.6, 0.3  # an accent or a tail, over or under a letter, has its center within
BODY_ABOVE, BODY_BELOW = 0.25, 0.35  # any other ink of the line has its center within
MAX_MARK = 0.6  # height of an accent or a tail
MAX_GAP = 1.2  # between the letters and faint or broken ink beside them
MAX_BAR_WIDTH = 0.35  # of a bar's own height
# Factors of a line's weight when one of several lines is chosen:
CUT_OFF = 0.35  # most of its letters touch the upper or lower border
LOWEST = 3.0  # it stands at the bottom instead of the top: labels stand above the handwriting
PRINTED = 0.1  # all its letters are printed
LABELED = 4.0  # a whole printed label with a colon stands before it: a neighboring line's label is cut off


class _Line(NamedTuple):
    """A line of text.

    Attributes:
        letters: int (m,), its tall components.
        members: bool (n,), its components.
        body: bool (n,), all ink at the height of its letters, members or not.
        top, bottom: of most of its letters, in pixels.
    """

    letters: np.ndarray
    members: np.ndarray
    body: np.ndarray
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


def find_text_line(components: Components) -> np.ndarray:
    """Find the components of the handwritten line.

    Tall components are grouped into lines. The line with the tallest and most handwritten letters is taken, with its
    accents, dots and hyphens, with faint ink and fragments of letters beside it, and without a printed label before it.

    Args:
        components: of an image.

    Returns:
        bool (n,), which components belong to the line; none if no component is solid.
    """
    solid, height = components.solid, components.height
    tall = np.flatnonzero(solid & (height >= MIN_LETTER_HEIGHT * height[solid].max(initial=0)))
    if not tall.size:
        return solid
    if _is_running_text(components):
        line = _line(components, tall)
        return solid | _marks(components, line, solid)
    lines = [_line(components, np.array(letters)) for letters in _group_into_lines(components, tall)]
    printed = printed_letters(components)
    for line in lines:
        printed[handwriting_after_colon(components, np.flatnonzero(line.members), printed)] = False
    line = max(lines, key=lambda line: _weight(components, line, printed))
    return _handwriting(components, line, printed)


def _is_running_text(components: Components) -> bool:
    """Whether the ink is so wide, and without any wide gap, that it is a line of words with nothing around it."""
    solid = np.flatnonzero(components.solid)
    left, right = components.left[solid], components.right[solid]
    height = int(components.bottom[solid].max() - components.top[solid].min())
    if right.max() - left.min() < RUNNING_TEXT * height:
        return False
    order = np.argsort(left, kind="stable")
    gaps = left[order][1:] - np.maximum.accumulate(right[order])[:-1]
    return bool((gaps < MAX_WORD_GAP * height).all())


def _group_into_lines(components: Components, tall: np.ndarray) -> list[list[int]]:
    """Group components into lines, from the tallest down. The first of each line is its tallest."""
    top, bottom = components.top.tolist(), components.bottom.tolist()
    lines: list[list[int]] = []
    for letter in sorted(tall.tolist(), key=lambda letter: top[letter] - bottom[letter]):
        for line in lines:
            overlap = min(bottom[letter], bottom[line[0]]) - max(top[letter], top[line[0]])
            if overlap >= MIN_OVERLAP * (bottom[letter] - top[letter]):
                line.append(letter)
                break
        else:
            lines.append([letter])
    return lines


def _line(components: Components, letters: np.ndarray) -> _Line:
    """The line of the tall components `letters`, with all that stands at their height."""
    top, bottom = median(components.top[letters].tolist()), median(components.bottom[letters].tolist())
    height, center = bottom - top, (components.top + components.bottom) / 2
    overlap = np.minimum(components.bottom, bottom) - np.maximum(components.top, top)
    beside = (components.left <= 1) | (components.right >= components.labels.shape[1] - 1)
    narrow = components.width < MAX_BAR_WIDTH * components.height
    bar = components.at_border & (components.height > BAR * height) & (narrow | beside)
    inside = overlap >= np.maximum(MIN_OVERLAP * components.height, 1)
    # A component that the border cuts off belongs to a neighboring line, unless it is as tall as the letters.
    members = components.solid & inside
    if 2 * np.count_nonzero(components.at_border[letters]) <= len(letters):
        members &= ~components.at_border | (overlap >= MIN_OVERLAP * height)
    members[letters] = True
    body = (center > top - BODY_ABOVE * height) & (center < bottom + BODY_BELOW * height) & (components.height >= 2)
    body &= ~bar & (~components.at_border | inside)
    body[0] = False
    return _Line(letters, members & ~bar, body, top, bottom)


def _weight(components: Components, line: _Line, printed: np.ndarray) -> float:
    """How much speaks for a line: the squared heights of its letters over the root of their number, times factors."""
    handwritten = line.letters[~printed[line.letters]]
    letters = handwritten if handwritten.size else line.letters
    weight = int(np.sum(components.height[letters] ** 2)) * len(letters) ** -0.5
    if not handwritten.size:
        weight *= PRINTED
    if 2 * np.count_nonzero(components.at_border[letters]) > len(letters):
        weight *= CUT_OFF
    if handwriting_after_colon(components, np.flatnonzero(line.members), printed).size:
        weight *= LABELED
    return weight * LOWEST ** (median(components.bottom[letters].tolist()) / components.labels.shape[0])


def _handwriting(components: Components, line: _Line, printed: np.ndarray) -> np.ndarray:
    """Bool (n,), the handwriting of a line: its letters, their marks, and the faint or broken ink beside them."""
    text = np.flatnonzero(components.solid & (line.members | line.body))
    start = handwriting_start(components, text, printed, top=line.top, bottom=line.bottom) if text.size else 0
    handwriting = components.left >= start
    members = line.members & handwriting
    if not members.any():  # the letters are bars
        members[line.letters] = True
    members |= _marks(components, line, members) & handwriting & ~printed
    return _extended(components, members, line.body & handwriting & ~printed, MAX_GAP * line.height)


def _marks(components: Components, line: _Line, members: np.ndarray) -> np.ndarray:
    """Bool (n,), the accents and tails over and under the members of a line."""
    center = (components.top + components.bottom) / 2
    near = (center > line.top - ABOVE * line.height) & (center < line.bottom + BELOW * line.height)
    marks = near & ~components.at_border & (components.height <= MAX_MARK * line.height)
    marks[0] = False
    left, right = components.left[members] - 2, components.right[members] + 2
    candidates = np.flatnonzero(marks)
    marks[candidates] = ((left < components.right[candidates, None]) & (right > components.left[candidates, None])).any(
        axis=1
    )
    return marks


def _extended(components: Components, members: np.ndarray, body: np.ndarray, gap: float) -> np.ndarray:
    """`members`, and the components of `body` among them and at most `gap` pixels beside them; bool (n,)."""
    left, right = components.left, components.right
    start, end = int(left[members].min()), int(right[members].max())
    extended = members.copy()
    others = np.flatnonzero(body & ~members)
    for one in others[np.argsort(left[others], kind="stable")].tolist():  # from left to right
        if left[one] <= end + gap and right[one] >= start:
            end, extended[one] = max(end, int(right[one])), True
    for one in others[np.argsort(-right[others], kind="stable")].tolist():  # from right to left
        if right[one] >= start - gap and left[one] <= end:
            start, extended[one] = min(start, int(left[one])), True
    return extended
