"""The character language model: how likely each character is after those before it. Nothing here needs TensorFlow.

It is an n-gram model with the smoothing of I. H. Witten and T. C. Bell, "The zero-frequency problem: estimating the
probabilities of novel events in adaptive text compression", IEEE Transactions on Information Theory 37 (1991), in the
interpolated form of S. F. Chen and J. Goodman, "An empirical study of smoothing techniques for language modeling"
(1998): p(c | h) = (n(h c) + t(h) p(c | h')) / (n(h) + t(h)), where n counts occurrences, t(h) is the number of distinct
characters after h, and h' is h without its first character. The last h' is a uniform distribution.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.ngrams import START, Ngrams, WeightedTexts, count_ngrams, merged
from inkpipe.data.text_lines import Notify, TextLines
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.files import project_path
from inkpipe.params.language_model import LanguageModelParams

Number = TypeVar("Number", bound=np.generic)

CACHED_STATES = 2**15  # rows in memory: 12 MB for 31 classes
EMPTY = 0  # the state without any context


class LanguageModel:
    """Probabilities of characters by state. A state stands for the longest known context of a text's next character.

    The rows of a state (the probabilities and the next state for each class) are computed when they are first asked
    for, and kept. One model must not be used by two threads at once.

    Args:
        ngrams: the counts.

    Attributes:
        start: the state before the first character.
    """

    def __init__(self, ngrams: Ngrams) -> None:
        self.ngrams = ngrams
        self._contexts: list[NDArray[np.uint64]] = []  # packed contexts by length, rising
        self._offsets = [0]  # of the states of each length
        self._index()
        states = self._offsets[-1]
        self.start = self._offsets[1] if ngrams.order > 1 else EMPTY  # the lowest packed context of length 1
        self._slots = np.full(states, -1, np.int32)
        self._filled = 0
        self._log_probability = np.zeros((0, ngrams.classes))
        self._next_state = np.zeros((0, ngrams.classes), np.int32)

    @property
    def characters(self) -> tuple[str, ...]:
        """Of the vocabulary, in class order."""
        return self.ngrams.characters

    @classmethod
    def load(cls, path: Path) -> LanguageModel:
        """Read a language model.

        Raises:
            InkpipeError: the file is absent or damaged.
        """
        return cls(Ngrams.load(path))

    def save(self, path: Path) -> None:
        """Write the language model; the same model, the same bytes."""
        self.ngrams.save(path)

    def describe(self) -> str:
        """One line: its order and its size."""
        return f"character {self.ngrams.order}-gram with {len(self.ngrams.keys):,} n-grams"

    def score(self, text: Sequence[int]) -> float:
        """The natural logarithm of the probability of a whole text, its end included.

        Args:
            text: class ids.
        """
        state, total = self.start, 0.0
        for symbol in (*text, self.ngrams.classes - 1):
            states, symbols = np.array([state], np.int32), np.array([symbol])
            total += float(self.log_probabilities(states, symbols)[0])
            state = int(self.next_states(states, symbols)[0])
        return total

    def log_probabilities(self, states: NDArray[np.int32], symbols: NDArray[np.int64]) -> NDArray[np.float64]:
        """How likely symbols are after states.

        Args:
            states: int32, of any shape.
            symbols: class ids, int64, of a shape that broadcasts with it; the end of a text has the id of padding. The
                blank means nothing.

        Returns:
            Natural logarithms, float64, of the shape of both.
        """
        rows = self._rows(states)  # first, for it may replace the array
        return self._log_probability[rows, symbols]

    def next_states(self, states: NDArray[np.int32], symbols: NDArray[np.int64]) -> NDArray[np.int32]:
        """The states after further symbols; arguments and shape as of `log_probabilities`."""
        rows = self._rows(states)
        return self._next_state[rows, symbols]

    def _rows(self, states: NDArray[np.int32]) -> NDArray[np.int32]:
        """The rows of states, until the next call."""
        rows = self._slots[states]
        if (rows < 0).any():
            self._fill(np.unique(states[rows < 0]), np.unique(states))
            rows = self._slots[states]
        return rows

    def _index(self) -> None:
        """The trie of all contexts: the symbols that follow each, their counts, and the states they lead to."""
        grams, bits = self.ngrams, self.ngrams.bits
        levels = [_shortened(grams, length) for length in range(1, grams.order + 1)]
        firsts, passed = list[NDArray[np.int64]](), 0
        for level, _ in levels:
            contexts, first = np.unique(level >> np.uint64(bits), return_index=True)
            self._contexts.append(contexts)
            self._offsets.append(self._offsets[-1] + len(contexts))
            firsts.append(first + passed)
            passed += len(level)
        keys, counts = (np.concatenate(parts) for parts in zip(*levels, strict=True))
        self._symbols = (keys & np.uint64((1 << bits) - 1)).astype(np.int32)
        self._counts = counts
        self._first = np.append(np.concatenate(firsts), len(keys)).astype(np.int64)
        self._occurrences = np.add.reduceat(counts, self._first[:-1]) if len(counts) else np.zeros(0)
        self._backoff = np.concatenate([self._shorter(length) for length in range(grams.order)])
        self._children = np.concatenate([self._longer(length, keys) for length, (keys, _) in enumerate(levels)])

    def _shorter(self, length: int) -> NDArray[np.int32]:
        """The states of all contexts of a length, without their first symbol."""
        if length == 0:
            return np.zeros(len(self._contexts[0]), np.int32)
        rest = self._contexts[length] & np.uint64((1 << self.ngrams.bits * (length - 1)) - 1)
        if length == 1:
            return np.zeros(len(rest), np.int32)
        return (np.searchsorted(self._contexts[length - 1], rest) + self._offsets[length - 1]).astype(np.int32)

    def _longer(self, length: int, keys: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The states of the n-grams that extend contexts of a length; -1 where there is none."""
        if length + 1 >= self.ngrams.order or not len(self._contexts[length + 1]):
            return np.full(len(keys), -1, np.int32)
        known = self._contexts[length + 1]
        at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        return np.where(known[at] == keys, at + self._offsets[length + 1], -1).astype(np.int32)

    def _fill(self, missing: NDArray[np.int32], needed: NDArray[np.int32]) -> None:
        """Compute rows, those of shorter contexts first. A full cache is emptied before."""
        wanted = self._with_backoffs(missing)
        if self._filled + len(wanted) > CACHED_STATES and self._filled:
            self._slots[:], self._filled = -1, 0
            wanted = self._with_backoffs(needed)
        self._slots[wanted] = np.arange(self._filled, self._filled + len(wanted))
        self._filled += len(wanted)
        if self._filled > len(self._log_probability):
            grown = max(256, 2 * self._filled)
            self._log_probability = _grown(self._log_probability, grown)
            self._next_state = _grown(self._next_state, grown)
        for low, high in zip(self._offsets, self._offsets[1:], strict=False):
            self._compute(wanted[(wanted >= low) & (wanted < high)])

    def _with_backoffs(self, states: NDArray[np.int32]) -> NDArray[np.int32]:
        """States and all shorter contexts of theirs that have no row, rising: shorter contexts come first."""
        found = waiting = states
        while len(waiting):
            waiting = np.setdiff1d(self._backoff[waiting[waiting != EMPTY]], found)
            waiting = waiting[self._slots[waiting] < 0]
            found = np.union1d(found, waiting)
        return found

    def _compute(self, states: NDArray[np.int32]) -> None:
        """Compute the rows of contexts of one length."""
        if not len(states):
            return
        slots, first, kinds = self._slots[states], self._first[states], np.diff(self._first)[states]
        if states[0] == EMPTY:
            shorter = np.full((1, self.ngrams.classes), 1 / (self.ngrams.classes - 1))  # all symbols but the start
            next_state = np.zeros((1, self.ngrams.classes), np.int32)
        else:
            shorter = np.exp(self._log_probability[self._slots[self._backoff[states]]])
            next_state = self._next_state[self._slots[self._backoff[states]]]
        total = (self._occurrences[states] + kinds)[:, np.newaxis]
        probability = shorter * kinds[:, np.newaxis] / total
        row = np.repeat(np.arange(len(states)), kinds)
        entry = np.arange(len(row)) + np.repeat(first - np.cumsum(kinds) + kinds, kinds)
        symbol, child = self._symbols[entry], self._children[entry]
        probability[row, symbol] += self._counts[entry] / total[row, 0]
        next_state[row[child >= 0], symbol[child >= 0]] = child[child >= 0]
        self._log_probability[slots] = np.log(probability)
        self._next_state[slots] = next_state


def build_language_model(
    labels: Iterable[str], vocabulary: Vocabulary, params: LanguageModelParams, notify: Notify | None = None
) -> LanguageModel:
    """Build the language model of the training labels, and of the text file that the parameters name.

    Args:
        labels: the normalized labels of the training split, and of no other.
        vocabulary: their class ids.
        params: the `language_model` section.
        notify: told how many lines of the text file were skipped; None if nobody listens.

    Raises:
        InkpipeError: the text file is absent, is not UTF-8, or has no line in the vocabulary's characters.
    """
    sources = [WeightedTexts(labels, 1.0)]
    if params.text:
        lines = TextLines(project_path(params.text), vocabulary, "language_model.text", notify)
        sources.append(WeightedTexts(lines, params.text_weight))
    return LanguageModel(count_ngrams(sources, vocabulary, params.order))


def _shortened(grams: Ngrams, length: int) -> tuple[NDArray[np.uint64], NDArray[np.float64]]:
    """The n-grams of a shorter length, with their counts. At most one `START` stands before a text."""
    mask = np.uint64((1 << grams.bits * length) - 1)
    keys, counts = merged(grams.keys & mask, grams.counts)
    if length == 1:
        return keys, counts
    kept = keys >> np.uint64(grams.bits * (length - 2)) != START  # else its first two symbols are starts
    return keys[kept], counts[kept]


def _grown(array: NDArray[Number], rows: int) -> NDArray[Number]:
    grown = np.zeros((rows, *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown
