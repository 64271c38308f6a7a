"""A part of some labeled images, which may repeat to the length of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inkpipe.backend import tf
from inkpipe.dataset.batches import LabeledImages


@dataclass(frozen=True)
class SubsetImages:
    """Some of labeled images, in their order, as often as it takes to reach a number.

    A repeated image gets other distortions each time: these follow from its place in the stream.

    Attributes:
        images: the whole.
        rows: their positions in the whole, at least one.
        count: images of the stream, which starts anew with the first row after the last.
    """

    images: LabeledImages
    rows: Sequence[int]
    count: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of each."""
        return self.images.shape

    def elements(self, epoch: Any = 0) -> tf.data.Dataset:
        """The stream of the rows, repeated."""
        chosen = np.zeros(self.images.count, bool)
        chosen[list(self.rows)] = True
        mask = tf.constant(chosen)
        numbered = self.images.elements(epoch).enumerate().filter(lambda number, _: mask[number])
        return numbered.map(lambda _, element: element).repeat().take(self.count)

    def parse(self, element: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """Image uint8 (height, width) and class ids int32 (length,) of an element of the stream."""
        return self.images.parse(element)
