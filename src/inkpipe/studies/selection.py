"""The images that a study may leave out: of mixed data the real ones, beside which the synthetic ones stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inkpipe.dataset.batches import LabeledImages
from inkpipe.dataset.mixing import MixedImages
from inkpipe.dataset.subset import SubsetImages


def selectable(images: LabeledImages) -> LabeledImages:
    """The images that a part is chosen from: the real ones of a mixture, all of others.

    Args:
        images: of a training.
    """
    return images.real if isinstance(images, MixedImages) else images


def select(images: LabeledImages, rows: Sequence[int], count: int) -> LabeledImages:
    """Choose a part of the images of a training. The synthetic images of a mixture stay, mixed with the part as before.

    Args:
        images: of a training.
        rows: positions in the `selectable` images, at least one.
        count: as of `SubsetImages`: how many selectable images an epoch has.
    """
    part = SubsetImages(selectable(images), rows, count)
    return replace(images, real=part) if isinstance(images, MixedImages) else part
