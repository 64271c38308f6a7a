"""How likely a network finds given texts: the forward algorithm of CTC (Graves et al. 2006, section 4.1).

Nothing here needs TensorFlow: few images are compared, and NumPy gives the same bits for every size of batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.vocabulary import BLANK, Vocabulary


def text_log_ratios(
    logits: NDArray[np.float32], vocabulary: Vocabulary, texts: Sequence[str], others: Sequence[str]
) -> NDArray[np.float64]:
    """Compare two texts for each image.

    Args:
        logits: float32 (batch, frames, classes).
        vocabulary: of the classes.
        texts: a normalized text for each image.
        others: another one for each.

    Returns:
        The natural logarithm of how many times likelier the text is than the other, float64 (batch,); NaN if the
        other has a character that the vocabulary lacks.
    """
    ids = [vocabulary.encode(other) for other in others]
    encoded = [vocabulary.encode(text) for text in texts]
    ratios = text_log_probabilities(logits, encoded) - text_log_probabilities(logits, ids)
    ratios[[vocabulary.unknown in each for each in ids]] = np.nan
    return ratios


def text_log_probabilities(logits: NDArray[np.float32], texts: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """The probability of one text for each image, summed over all alignments of its characters with the frames.

    Args:
        logits: float32 (batch, frames, classes).
        texts: the class ids of each text; may be empty.

    Returns:
        Natural logarithms, float64 (batch,), at most 0; minus infinity for a text that needs more frames.
    """
    states = _with_blanks(texts)
    lengths = np.array([len(text) for text in texts])
    skips = np.zeros(states.shape, bool)  # whether a path may come from two states before, over a blank
    skips[:, 2:] = (states[:, 2:] != BLANK) & (states[:, 2:] != states[:, :-2])
    emitted = np.take_along_axis(_log_softmax(logits), states[:, np.newaxis, :], axis=2)
    forward = np.full(states.shape, -np.inf)
    forward[:, :2] = emitted[:, 0, :2]
    for frame in range(1, emitted.shape[1]):
        before, two_before = _shifted(forward, 1), np.where(skips, _shifted(forward, 2), -np.inf)
        forward = np.logaddexp(np.logaddexp(forward, before), two_before) + emitted[:, frame]
    images = np.arange(len(states))
    last, blank = forward[images, np.maximum(2 * lengths - 1, 0)], forward[images, 2 * lengths]
    return np.where(lengths > 0, np.logaddexp(last, blank), blank)


def _with_blanks(texts: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Class ids (batch, 2 * longest + 1) with a blank around each; shorter texts are filled up with blanks."""
    longest = max([1, *map(len, texts)])
    states = np.full((len(texts), 2 * longest + 1), BLANK, np.int64)
    for row, text in zip(states, texts, strict=True):
        row[1 : 2 * len(text) : 2] = text
    return states


def _log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    shifted = logits.astype(np.float64) - logits.max(axis=2, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))


def _shifted(values: NDArray[np.float64], by: int) -> NDArray[np.float64]:
    """The values of the states `by` before; minus infinity where there is none."""
    shifted = np.full(values.shape, -np.inf)
    shifted[:, by:] = values[:, :-by]
    return shifted
