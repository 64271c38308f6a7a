"""The frames that a beam search must look at: those in which the blank is not all but certain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.vocabulary import BLANK

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
Number = TypeVar("Number", bound=np.generic)

# A frame extends texts only by characters that are at least this likely in it.
MIN_PROBABILITY = 1e-4
# A frame whose blank is likelier than this is taken for a blank: it changes scores by less than 1 - CERTAIN_BLANK.
CERTAIN_BLANK = 0.9999


class Step(NamedTuple):
    """One frame of each of the first images.

    Attributes:
        gap: bool (images,), whether frames with a certain blank were left out before it.
        probabilities: float64 (images, classes).
        symbols: int64 (images, n), the likeliest characters of each frame, as many as any of these frames needs.
        likely: float64 (images, n), their probabilities; 0 of those below the limit.
    """

    gap: NDArray[np.bool_]
    probabilities: Floats
    symbols: Ids
    likely: Floats


@dataclass(frozen=True)
class UncertainFrames:
    """The frames of a batch without those whose blank is certain.

    Attributes:
        order: int64 (images,), the images by their number of frames, the most first; all that follows is in this order.
        counts: int64 (images,), their frames.
        certain: float64 (images,), the logarithm of the probability of the blanks that were left out.
        frames: int64 (images, most), the frames of each image.
        probabilities: float64 (images, all frames, classes).
        min_probability: of the characters to look at.
    """

    order: Ids
    counts: Ids
    certain: Floats
    frames: Ids
    probabilities: Floats
    min_probability: float

    @classmethod
    def of(cls, logits: NDArray[np.float32], min_probability: float, certain_blank: float) -> UncertainFrames:
        """Sort out the frames of a batch.

        Args:
            logits: float32 (batch, frames, classes), finite.
            min_probability: see `MIN_PROBABILITY`.
            certain_blank: see `CERTAIN_BLANK`.
        """
        probabilities = _softmax(logits)
        blank = probabilities[:, :, BLANK]
        certain = blank > certain_blank
        counts = (~certain).sum(axis=1)
        order = np.argsort(-counts, kind="stable")
        frames = np.argsort(certain[order], axis=1, kind="stable")[:, : counts.max(initial=0)]
        passed = np.log(np.where(certain, blank, 1)).sum(axis=1)
        return cls(order, counts[order], passed[order], frames, probabilities[order], min_probability)

    def steps(self) -> Iterator[Step]:
        """The first frame of each image that has one, the second of each that has two, and so on."""
        before = -1 * np.ones(len(self.order), np.int64)
        for number in range(self.frames.shape[1]):
            images = int((self.counts > number).sum())
            frames = self.frames[:images, number]
            probabilities = self.probabilities[np.arange(images), frames]
            gap = frames > before[:images] + 1
            before = frames
            yield Step(gap, probabilities, *self._likely(probabilities))

    def _likely(self, probabilities: Floats) -> tuple[Ids, Floats]:
        characters = probabilities[:, BLANK + 1 : -1]  # without padding
        symbols = np.argsort(-characters, axis=1, kind="stable")
        likely = of_rows(characters, symbols)
        likely[likely < self.min_probability] = 0
        needed = max(1, int((likely > 0).sum(axis=1).max()))
        return symbols[:, :needed] + BLANK + 1, likely[:, :needed]


def of_rows(array: NDArray[Number], places: Ids) -> NDArray[Number]:
    """`np.take_along_axis(array, places, 1)`, but for a few rows several times as fast: a server's images come singly.

    Args:
        array: (rows, columns).
        places: int64 (rows, n), columns of each row.

    Returns:
        (rows, n).
    """
    return array.take(places + np.arange(0, array.size, array.shape[1])[:, np.newaxis])


def _softmax(logits: NDArray[np.float32]) -> Floats:
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=2, keepdims=True)
    np.exp(shifted, out=shifted)
    shifted /= shifted.sum(axis=2, keepdims=True)
    return shifted
