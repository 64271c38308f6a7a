"""Bring images of any size to the size that the model takes, without distorting them."""

from __future__ import annotations

import numpy as np

from inkpipe.imaging.ink import BACKGROUND
from inkpipe.imaging.opencv import cv2

# Size of an image while it is cleaned, as a multiple of the sized image: strokes are 1 to 2 px wide in the sized image,
# up to 100 px in a photograph.
MAX_DETAIL = 4
LEGIBLE = 20  # pixels: a line of writing that is lower in the model's input loses details of its letters
MAX_ENLARGEMENT = 2.0  # factor; more gives a scan no detail, only blur that no training image has


def limit(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Shrink photographs, so that cleaning works on similar resolutions.

    Args:
        image: uint8 (any height, any width).
        height: rows of the sized image.
        width: columns of the sized image.

    Returns:
        uint8, at most `MAX_DETAIL` times as large as the sized image; a smaller image is returned as it is.
    """
    scale = MAX_DETAIL * fitting_scale(image.shape, height, width)
    if scale >= 1:
        return image
    size = [max(1, round(length * scale)) for length in (image.shape[1], image.shape[0])]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def fitting_scale(shape: tuple[int, ...], height: int, width: int) -> float:
    """Compute the factor by which `fit` resizes.

    Args:
        shape: (height, width) of the image.
        height: rows of the sized image.
        width: columns of the sized image.

    Returns:
        The factor, > 0, at most `MAX_ENLARGEMENT`.
    """
    return min(height / shape[0], width / shape[1], MAX_ENLARGEMENT)


def fitting_size(shape: tuple[int, ...], height: int, width: int) -> tuple[int, int]:
    """Compute the rows and columns that `fit` gives an image, of those of its result.

    Args:
        shape: (height, width) of the image.
        height: rows of the sized image.
        width: columns of the sized image.
    """
    scale = fitting_scale(shape, height, width)
    return min(height, max(1, round(shape[0] * scale))), min(width, max(1, round(shape[1] * scale)))


def most_columns(columns: np.ndarray, width: int) -> np.ndarray:
    """Compute the most columns that the text of images can take in the result of `fit`, however they are cropped.

    Args:
        columns: of each image as it is, float (n,).
        width: columns of the sized image.
    """
    return np.minimum(width, np.floor(MAX_ENLARGEMENT * columns))


def fit(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize with the aspect kept, and pad with background.

    The text stands at the left edge, so that its first frame is at the same place whatever its length. It is centered
    vertically, so that high and low lines differ least.

    Args:
        image: uint8 (any height, any width).
        height: rows of the result.
        width: columns of the result.

    Returns:
        uint8 (height, width).
    """
    scale = fitting_scale(image.shape, height, width)
    rows, columns = fitting_size(image.shape, height, width)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = np.full((height, width), BACKGROUND, np.uint8)
    top = (height - rows) // 2
    cv2.resize(image, (columns, rows), dst=sized[top : top + rows, :columns], interpolation=interpolation)
    return sized
