"""Find the handwritten line that an image of a form is about.

Such an image often holds more than the handwriting: the cut-off lines above and below, a printed label, a page edge.
"""

from __future__ import annotations

from statistics import median  # for a handful of numbers several times faster than NumPy's

import numpy as np

from inkpipe.imaging.components import Components
from inkpipe.imaging.printed import handwriting_start, printed_letters

MIN_LETTER_HEIGHT = 0.4  # of the tallest component. Smaller ones, such as accents and hyphens, do not decide on lines
MIN_OVERLAP = 0.5  # of a letter's height that it shares with the tallest letter of its line
REACH = 0.5  # line heights above and below the line: accents, dots and apostrophes have their centers within them
# Factors of a line's weight when one of several lines is chosen:
CUT_OFF = 0.25  # most of its letters touch the upper or lower border
LOWEST = 3.0  # it stands at the bottom instead of the top: labels stand above the handwriting
PRINTED = 0.1  # all its letters are printed


def find_text_line(components: Components) -> np.ndarray:
    """Find the components of the handwritten line.

    Tall components are grouped into lines. The line with the tallest and most handwritten letters is taken, with its
    accents, dots and hyphens, and without a printed label before it.

    Args:
        components: of an image.

    Returns:
        bool (n,), which components belong to the line; specks on the line included.
    """
    solid, height = components.solid, components.height
    tall = np.flatnonzero(solid & (height >= MIN_LETTER_HEIGHT * height[solid].max(initial=0)))
    if not tall.size:
        return solid
    printed = printed_letters(components)
    letters = max(_group_into_lines(components, tall), key=lambda line: _weight(components, line, printed))
    top, bottom = median(components.top[letters].tolist()), median(components.bottom[letters].tolist())
    center, reach = (components.top + components.bottom) / 2, REACH * (bottom - top)
    line = (center > top - reach) & (center < bottom + reach) & ~components.at_border
    line[letters] = True
    line[0] = False
    return line & (components.left >= handwriting_start(components, np.flatnonzero(line & solid), printed))


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


def _weight(components: Components, line: list[int], printed: np.ndarray) -> float:
    """How much speaks for a line: the squared heights of its letters over the root of their number, times factors."""
    handwritten = [letter for letter in line if not printed[letter]]
    letters = handwritten or line
    weight = int(np.sum(components.height[letters] ** 2)) * len(letters) ** -0.5
    if not handwritten:
        weight *= PRINTED
    if 2 * np.count_nonzero(components.at_border[letters]) > len(letters):
        weight *= CUT_OFF
    return weight * LOWEST ** (median(components.bottom[letters].tolist()) / components.labels.shape[0])
