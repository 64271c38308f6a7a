"""The connected parts of the ink, and which of them make the line of interest.

A form's image often holds more than the handwriting: the cut-off line above or below, a printed label above it or
before it, the edge of the page.
"""

from __future__ import annotations

from statistics import median  # for a handful of numbers, several times faster than NumPy's

import cv2
import numpy as np

from inkpipe.imaging import ink

MOST_SHORT = np.iinfo(np.uint16).max  # parts that uint16 numbers; each takes at least 2 x 2 pixels with paper beside it
SPECK = 8  # pixels of area; smaller parts are dirt or dots, which never decide where a line is
EDGE = 4  # pixels of width that the mark of a page's edge has at most
TALL = 0.4  # of the tallest part's height: lower parts, such as hyphens and accents, follow their line
REACH = 0.5  # of the line's height, by which accents, dots and apostrophes are centred beyond it at most
CUT_OFF = 0.25  # weight of a line most of whose parts touch the upper or lower border
LOWER = 3.0  # weight of the lowest line beside the highest: a label stands above what is written, if anywhere
PRINT = 0.1  # weight of a line that is all print
# A printed word is a run of parts that stand as close and as even as no hand writes:
TIGHT = 0.25  # of their height, at least 2 pixels, by which they stand apart at most
EVEN = 0.06  # of their height, at least a pixel, by which their tops and bottoms differ at most
WORD = 2.5  # of their height, by which the run is wide at least: letters may run together, so their number says less
# A label before the writing:
PRINT_GAP = 1.5  # of the line's height, by which writing stands apart from print before it at least
COLON_GAP = 0.8  # of the line's height, by which writing stands apart from a colon before it at least
COLON_REACH = 0.25  # of the line's height, by which a colon reaches beyond it at most
DOT = 0.4  # of the line's height, by which each of its dots is wide and high at most


class Parts:
    """The connected parts of the ink by their boxes, in pixels; each attribute (n,), part 0 is the paper.

    Attributes:
        labels: which part each pixel belongs to, uint16 or int32 (height, width).
        left, top, right, bottom: the box, right and bottom exclusive.
        solid: parts that may be text, neither specks nor the page's edges.
        at_border: parts that touch the upper or lower border.
        printed: solid parts that are letters of printed words.
    """

    def __init__(self, image: np.ndarray) -> None:
        # Sixteen bits suffice for the parts of most images, and are labelled more than twice as fast.
        kind = cv2.CV_16U if image.size < 4 * MOST_SHORT else cv2.CV_32S
        _, self.labels, stats, _ = cv2.connectedComponentsWithStats(ink.mask(image), ltype=kind)
        self.left, self.top, self.wide, self.high, area = stats.T
        self.right, self.bottom = self.left + self.wide, self.top + self.high
        self.rows, self.columns = image.shape
        at_side = (self.wide <= EDGE) & ((self.left == 0) | (self.right == self.columns))
        self.solid = (area >= SPECK) & ~at_side
        self.solid[0] = False
        self.at_border = (self.top == 0) | (self.bottom == self.rows)
        self.printed = self._printed()

    def line(self) -> np.ndarray:
        """Which parts make the line of interest, bool (n,).

        That is the line of the tallest and most written parts that are whole, without a printed label before it.
        """
        tall = np.flatnonzero(self.solid & (self.high >= TALL * self.high[self.solid].max(initial=0)))
        if not tall.size:
            return self.solid
        body = max(self._lines(tall), key=self._weight)
        top, bottom = median(self.top[body].tolist()), median(self.bottom[body].tolist())
        centre, reach = (self.top + self.bottom) / 2, REACH * (bottom - top)
        line = (centre > top - reach) & (centre < bottom + reach) & ~self.at_border
        line[body] = True
        line[0] = False
        return line & (self.left >= self._start(np.flatnonzero(line & self.solid)))

    def _lines(self, tall: np.ndarray) -> list[list[int]]:
        """Group parts into lines: a part joins the line with whose tallest part half of its height overlaps."""
        top, bottom = self.top.tolist(), self.bottom.tolist()
        lines: list[list[int]] = []
        for part in sorted(tall.tolist(), key=lambda part: top[part] - bottom[part]):
            for line in lines:
                overlap = min(bottom[part], bottom[line[0]]) - max(top[part], top[line[0]])
                if overlap >= 0.5 * (bottom[part] - top[part]):
                    line.append(part)
                    break
            else:
                lines.append([part])
        return lines

    def _weight(self, line: list[int]) -> float:
        written = [part for part in line if not self.printed[part]]
        parts = written or line
        weight = int(np.sum(self.high[parts] ** 2)) * len(parts) ** -0.5
        if not written:
            weight *= PRINT
        if 2 * np.count_nonzero(self.at_border[parts]) > len(parts):
            weight *= CUT_OFF
        return weight * LOWER ** (median(self.bottom[parts].tolist()) / self.rows)

    def _printed(self) -> np.ndarray:
        """Which parts belong to printed words, bool (n,)."""
        whole = np.flatnonzero(self.solid & ~self.at_border)  # what the border cuts is even for that alone
        order = whole[np.argsort(self.left[whole], kind="stable")]
        left, top, right, bottom, high = (
            side[order] for side in (self.left, self.top, self.right, self.bottom, self.high)
        )
        gap = left - right[:, None]
        follows = (gap >= -1) & (gap <= np.maximum(2, TIGHT * high)[:, None])
        uneven = np.maximum(1, EVEN * high)[:, None]
        follows &= (np.abs(top - top[:, None]) <= uneven) & (np.abs(bottom - bottom[:, None]) <= uneven)
        printed = np.zeros_like(self.solid)
        if not follows.any():
            return printed
        run = np.arange(order.size)  # the first part of each part's run
        for before, after in zip(*np.nonzero(follows), strict=True):
            run[after] = run[before]
        for first in np.unique(run[follows.any(axis=0)]):
            members = run == first
            if right[members].max() - left[first] >= WORD * high[first]:
                printed[order[members]] = True
        return printed

    def _start(self, line: np.ndarray) -> int:
        """The column from which a line is written by hand: behind the label before it, 0 without one.

        A label is print or ends in a colon; a gap follows, then most of the writing.
        """
        high = median(self.high[line].tolist())
        letters = line[self.high[line] > DOT * high]
        left, right, printed = self.left[letters], self.right[letters], self.printed[letters]
        ends = [(end, COLON_GAP * high) for end in self._colons(letters)]
        ends += [(end, PRINT_GAP * high) for end in right[printed].tolist()]
        for end, gap in sorted(ends):
            after = left[right > end].min(initial=self.columns)
            mostly_after = 2 * np.count_nonzero(left[~printed] >= end) > np.count_nonzero(~printed)
            if left.min() < end and after >= end + gap and mostly_after:
                return int(after)
        return 0

    def _colons(self, letters: np.ndarray) -> list[int]:
        """The right edges of two dots each, one above the other, with no letter of the line beside them."""
        top, bottom = median(self.top[letters].tolist()), median(self.bottom[letters].tolist())
        dot, reach = DOT * (bottom - top), COLON_REACH * (bottom - top)
        inside = (self.top >= top - reach) & (self.bottom <= bottom + reach)
        dots = np.flatnonzero(inside & (self.high <= dot) & (self.wide <= dot))
        if dots.size < 2:
            return []
        above = self.bottom[dots][:, None] < self.top[dots]
        for side in (self.left[dots], self.right[dots]):
            above &= np.abs(side[:, None] - side) <= 1
        pairs = dots[np.argwhere(above)]
        left, right = self.left[pairs].min(axis=1), self.right[pairs].max(axis=1)
        beside = (self.right[letters] > left[:, None]) & (self.left[letters] < right[:, None])
        return right[~beside.any(axis=1)].tolist()
