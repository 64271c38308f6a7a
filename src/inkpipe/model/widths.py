"""Canvas widths: images that need the same width run together, cut to it.

Prepared images stand at the left edge of one canvas, which is as wide as the widest one, and most need little of it.
Nothing here needs TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.vocabulary import BLANK

WIDTHS = 8  # to which a canvas may be cut: more would leave few images for each, and small batches are slow
MULTIPLE = 8  # columns that divide each width, but for the whole canvas, whatever the strides of the network
SPARE = 4  # at least 1/SPARE of a width step stays empty to the right of the text
# Logit of all classes but the blank in frames that were cut off, where the blank's is 0: a probability of 0 at any
# temperature.
IMPOSSIBLE = -1000.0


def width_step(width: int) -> int:
    """The columns by which the widths of images on a canvas differ.

    Args:
        width: columns of the canvas.
    """
    return -(-width // (WIDTHS * MULTIPLE)) * MULTIPLE


def needed_widths(images: NDArray[np.uint8], least: NDArray[np.int64] | int = 0) -> NDArray[np.int64]:
    """Compute how many columns each image needs: its text and some space, a multiple of `width_step`.

    What is behind them is the same column again and again.

    Args:
        images: uint8 (batch, height, width), as `inkpipe.imaging.prepare` gives them.
        least: columns that each one needs for another reason, (batch,) or one number for all.

    Returns:
        int64 (batch,), each at most the width of the canvas.
    """
    width = images.shape[2]
    step = width_step(width)
    differs = (images != images[:, :, -1:]).any(axis=1)
    used = np.where(differs.any(axis=1), width - differs[:, ::-1].argmax(axis=1), 0)
    return np.minimum(width, -(-np.maximum(used + step // SPARE, least) // step) * step)


def logits_by_width(
    images: NDArray[np.uint8], run: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Run a network on images of similar width together. So the result of an image does not depend on the others.

    Args:
        images: uint8 (batch, height, width), at least one.
        run: gives the logits float32 (batch, frames, classes) of images uint8 (batch, height, columns). The frames are
            in proportion to the columns.

    Returns:
        float32 (batch, frames of the whole canvas, classes): the frames that were cut off are certainly blank.
    """
    widths, whole = needed_widths(images), images.shape[2]
    found = [(rows, width, run(images[rows, :, :width])) for width in np.unique(widths) for rows in [widths == width]]
    _, width, first = found[0]
    logits = np.full((len(images), first.shape[1] * whole // width, first.shape[2]), IMPOSSIBLE, np.float32)
    logits[:, :, BLANK] = 0
    for rows, _, part in found:
        logits[rows, : part.shape[1]] = part
    return logits
