"""Connected components of the ink: letters, parts of letters, print, specks and page edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inkpipe.imaging import ink
from inkpipe.imaging.opencv import cv2

MAX_UINT16_COMPONENTS = np.iinfo(np.uint16).max
MIN_AREA = 8  # pixels; smaller components are dirt or dots, which must not decide where a line is
MAX_EDGE_WIDTH = 4  # pixels; a component this narrow at the left or right border is the edge of the page
# A component from the upper to the lower border is a page edge or rotated print, and no letter, if it is a bar or
# stands at a side, and if the image holds lower ink too:
MAX_BAR_WIDTH = 0.4  # of a bar's height
SIDE = 0.06  # of the image's width, at the left and at the right
MAX_SIDE_WIDTH = 0.5  # of the image's width: a wider one is writing that a rule below it joins
MAX_LETTER_HEIGHT = 0.6  # of the image's height, median of the other components, of which there are at least:
MIN_LETTERS = 3


@dataclass(frozen=True)
class Components:
    """The connected components of the ink with their bounding boxes. Component 0 is the background.

    Attributes:
        labels: the component of each pixel, uint16 or int32 (height, width).
        left, top, right, bottom: bounding boxes in pixels, int32 (n,); right and bottom are exclusive.
        width, height: size of the boxes in pixels, int32 (n,).
        solid: bool (n,), components that may be text: neither background, nor specks, nor page edges.
        at_border: bool (n,), components that touch the upper or lower border of the image.
    """

    labels: np.ndarray
    left: np.ndarray
    top: np.ndarray
    right: np.ndarray
    bottom: np.ndarray
    width: np.ndarray
    height: np.ndarray
    solid: np.ndarray
    at_border: np.ndarray


def find_components(image: np.ndarray) -> Components:
    """Find the connected components of the ink; pixels that touch at a corner are connected.

    Args:
        image: uint8 (height, width).
    """
    # A component takes at least 2 x 2 pixels with the background beside it. Sixteen bits number the components of most
    # images, and such labels are made more than twice as fast.
    label_type = cv2.CV_16U if image.size < 4 * MAX_UINT16_COMPONENTS else cv2.CV_32S
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink.mask(image), ltype=label_type)
    left, top, width, height, area = stats.T
    right, bottom = left + width, top + height
    page_edge = (width <= MAX_EDGE_WIDTH) & ((left == 0) | (right == image.shape[1]))
    solid = (area >= MIN_AREA) & ~page_edge
    solid[0] = False
    solid &= ~_bars(solid, left, top, right, bottom, image.shape)
    at_border = (top == 0) | (bottom == image.shape[0])
    return Components(labels, left, top, right, bottom, width, height, solid, at_border)


def _bars(
    solid: np.ndarray, left: np.ndarray, top: np.ndarray, right: np.ndarray, bottom: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray:
    """Bool (n,), the page edges and rotated print that reach from the upper to the lower border."""
    rows, columns = shape
    narrow = right - left <= MAX_BAR_WIDTH * (bottom - top)
    at_side = ((left <= SIDE * columns) | (right >= (1 - SIDE) * columns)) & (right - left <= MAX_SIDE_WIDTH * columns)
    bars = solid & (top == 0) & (bottom == rows) & (narrow | at_side)
    if not bars.any():
        return bars
    others = (bottom - top)[solid & ~bars]
    lower = others.size >= MIN_LETTERS and np.median(others) <= MAX_LETTER_HEIGHT * rows
    return bars & lower
