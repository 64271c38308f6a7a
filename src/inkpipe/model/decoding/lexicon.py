"""A list of words that constrains decoding, as a trie."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.text_lines import Notify, TextLines
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.files import project_path, whole_file

START, BETWEEN, FORBIDDEN = 0, 1, -1  # the states before the first word, after a space, and of no text at all
SPACE = " "


class Lexicon:
    """The texts that consist of listed words with single spaces between them, and the empty text.

    A text with any other word cannot be predicted, however clear the image is.

    Args:
        words: normalized, in the vocabulary's characters, without spaces.
        vocabulary: their class ids.

    Attributes:
        words: distinct, in order.
        complete: bool (states,): whether a text may end there.
    """

    def __init__(self, words: Iterable[str], vocabulary: Vocabulary) -> None:
        self.words = tuple(sorted(set(words)))
        self._classes = vocabulary.classes
        edges: dict[int, int] = {}
        ends, states = set[int](), BETWEEN + 1
        for word in self.words:
            state = BETWEEN
            for symbol in vocabulary.encode(word):
                edge = state * self._classes + symbol
                if edge not in edges:
                    edges[edge], states = states, states + 1
                state = edges[edge]
            ends.add(state)
        edges |= {edge - self._classes: state for edge, state in edges.items() if edge // self._classes == BETWEEN}
        if SPACE in vocabulary.characters:
            (space,) = vocabulary.encode(SPACE)
            edges |= {state * self._classes + space: BETWEEN for state in ends}
        self._edges = np.array(sorted(edges), np.int64)
        self._targets = np.array([edges[edge] for edge in self._edges.tolist()], np.int32)
        self.complete = np.zeros(states, bool)
        self.complete[[START, *ends]] = True

    @classmethod
    def read(cls, path: str, vocabulary: Vocabulary, notify: Notify | None = None) -> Lexicon:
        """Read the word list that `decode.lexicon` names.

        Args:
            path: of a UTF-8 file, one word or several a line.
            vocabulary: normalizes the words.
            notify: told how many lines were skipped; None if nobody listens.

        Raises:
            InkpipeError: the file is absent, is not UTF-8, or has no word in the vocabulary's characters.
        """
        lines = TextLines(project_path(path), vocabulary, "decode.lexicon", notify)
        return cls((word for line in lines for word in line.split(SPACE)), vocabulary)

    def save(self, path: Path) -> None:
        """Write the words, one a line."""
        with whole_file(path) as partial:
            partial.write_text("".join(f"{word}\n" for word in self.words), encoding="utf-8")

    def after(self, states: NDArray[np.int32], symbols: NDArray[np.int64]) -> NDArray[np.int32]:
        """The states after one more character.

        Args:
            states: none of them `FORBIDDEN`.
            symbols: class ids, of the same shape.

        Returns:
            int32; `FORBIDDEN` where no word goes on like that.
        """
        edges = states.astype(np.int64) * self._classes + symbols
        at = np.minimum(np.searchsorted(self._edges, edges), len(self._edges) - 1)
        return np.where(self._edges[at] == edges, self._targets[at], FORBIDDEN).astype(np.int32)
