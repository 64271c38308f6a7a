"""What CTC needs to align a label with the frames of a network's output."""

from __future__ import annotations

from operator import eq
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # the parameters, which import this, load no NumPy
    import numpy as np

Columns = TypeVar("Columns", int, "np.ndarray")


def frames_needed(label: str) -> int:
    """Count the frames that CTC needs for a label: one for each character and a blank between equal neighbors.

    Graves et al., "Connectionist temporal classification" (2006).

    Args:
        label: normalized.
    """
    return len(label) + sum(map(eq, label, label[1:]))


def padded_frames_needed(labels: np.ndarray, padding: int) -> np.ndarray:
    """Count the frames that CTC needs for each of some labels; see `frames_needed`.

    Args:
        labels: class ids, integers (labels, longest), filled up with `padding`.
        padding: the id that is no class.

    Returns:
        Integers (labels,).
    """
    written = labels != padding
    repeated = (labels[:, 1:] == labels[:, :-1]) & written[:, 1:]
    return written.sum(axis=1) + repeated.sum(axis=1)


def own_frames(columns: Columns, width: int, frames: int) -> Columns:
    """Count the frames of a network's output over a text itself. The others stand over the padding beside it.

    Args:
        columns: of the network's input that the text takes; an array for several texts.
        width: columns of the whole input.
        frames: of the whole output.

    Returns:
        The frames that lie wholly over the text: the contract, `inspect` and `preprocess` compare labels with these.
    """
    return columns * frames // width
