"""The connected parts of the ink, and which of them make the line of interest.

A form's image often holds more than the handwriting: the cut-off line above or below, a printed label above it, the
edge of the page.
"""

from __future__ import annotations

import cv2
import numpy as np

from inkpipe.imaging import ink

SPECK = 8  # pixels of area; smaller parts are dirt or dots, which never decide where a line is
EDGE = 4  # pixels of width that the mark of a page's edge has at most
TALL = 0.4  # of the tallest part's height: lower parts, such as hyphens and accents, follow their line
REACH = 0.5  # of the line's height, by which accents, dots and apostrophes are centred beyond it at most
CUT_OFF = 0.25  # weight of a line most of whose parts touch the upper or lower border
LOWER = 3.0  # weight of the lowest whole line beside the highest: a label stands above what is written, if anywhere


class Parts:
    """The connected parts of the ink by their boxes, in pixels; each attribute (n,), part 0 is the paper.

    Attributes:
        labels: which part each pixel belongs to, int32 (height, width).
        left, top, right, bottom: the box, right and bottom exclusive.
        solid: parts that may be text, neither specks nor the page's edges.
    """

    def __init__(self, image: np.ndarray) -> None:
        _, self.labels, stats, _ = cv2.connectedComponentsWithStats(ink.mask(image))
        self.left, self.top, wide, self.high, area = stats.T
        self.right, self.bottom = self.left + wide, self.top + self.high
        self.rows, columns = image.shape
        at_side = (wide <= EDGE) & ((self.left == 0) | (self.right == columns))
        self.solid = (area >= SPECK) & ~at_side
        self.solid[0] = False
        self.at_border = (self.top == 0) | (self.bottom == self.rows)

    def line(self) -> np.ndarray:
        """Which parts make the line of interest, bool (n,): the line of the tallest and most parts that are whole."""
        tall = np.flatnonzero(self.solid & (self.high >= TALL * self.high[self.solid].max(initial=0)))
        if not tall.size:
            return self.solid
        body = max(self._lines(tall), key=self._weight)
        top, bottom = np.median(self.top[body]), np.median(self.bottom[body])
        centre, reach = (self.top + self.bottom) / 2, REACH * (bottom - top)
        line = (centre > top - reach) & (centre < bottom + reach) & ~self.at_border
        line[body] = True
        line[0] = False
        return line

    def _lines(self, tall: np.ndarray) -> list[list[int]]:
        """Group parts into lines: a part joins the line with whose tallest part half of its height overlaps."""
        lines: list[list[int]] = []
        for part in sorted(tall.tolist(), key=lambda part: -self.high[part]):
            for line in lines:
                overlap = min(self.bottom[part], self.bottom[line[0]]) - max(self.top[part], self.top[line[0]])
                if overlap >= 0.5 * self.high[part]:
                    line.append(part)
                    break
            else:
                lines.append([part])
        return lines

    def _weight(self, line: list[int]) -> float:
        tallness = float(np.mean(self.high[line] ** 2.0)) * len(line) ** 0.5
        if np.mean(self.at_border[line]) > 0.5:
            return CUT_OFF * tallness
        return tallness * LOWER ** float(np.median(self.bottom[line]) / self.rows)
