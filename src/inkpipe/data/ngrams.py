"""Counts of character n-grams, and the file that holds them: language_model.npz. Only this module reads and writes it.

Symbols are the class ids of the vocabulary. Two ids that no character has stand for the borders of a text: the blank
for the start, padding for the end. An n-gram is packed into a 64-bit number, its last symbol in the lowest bits.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.vocabulary import BLANK, Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.files import whole_file

START = BLANK
CHUNK = 2**19  # symbols that are counted at once: about 30 MB of memory
KEY_BITS = 64


class WeightedTexts(NamedTuple):
    """Texts to count.

    Attributes:
        texts: normalized.
        weight: > 0, what one occurrence counts.
    """

    texts: Iterable[str]
    weight: float


@dataclass(frozen=True, eq=False)
class Ngrams:
    """The n-grams of some texts, of one length: those near the start of a text are filled up with `START`.

    Attributes:
        characters: of the vocabulary, in class order.
        order: the length of the n-grams.
        keys: uint64 (n,), the distinct packed n-grams, rising.
        counts: float64 (n,), > 0, the weighted number of occurrences of each.
    """

    characters: tuple[str, ...]
    order: int
    keys: NDArray[np.uint64]
    counts: NDArray[np.float64]

    @property
    def classes(self) -> int:
        """The number of class ids: characters + blank + `[UNK]` + padding."""
        return len(self.characters) + 3

    @property
    def bits(self) -> int:
        """The width of a symbol in a packed n-gram."""
        return symbol_bits(self.classes)

    def save(self, path: Path) -> None:
        """Write the n-grams, compressed; the same n-grams, the same bytes."""
        alphabet = np.array([ord(character) for character in self.characters], np.uint32)
        steps = np.diff(self.keys, prepend=np.uint64(0))  # rising numbers compress best as differences
        counts = self.counts.astype(np.float32)
        with whole_file(path) as partial, partial.open("wb") as stream:
            np.savez_compressed(stream, characters=alphabet, order=np.uint8(self.order), steps=steps, counts=counts)

    @classmethod
    def load(cls, path: Path) -> Ngrams:
        """Read n-grams that `save` wrote.

        Raises:
            InkpipeError: the file is absent or damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as content:
                characters = tuple(map(chr, content["characters"].tolist()))
                keys = np.cumsum(content["steps"], dtype=np.uint64)
                return cls(characters, int(content["order"]), keys, content["counts"].astype(np.float64))
        except FileNotFoundError as error:
            raise InkpipeError(
                f"{path} does not exist. It is made by `dvc repro vocabulary`; run that first."
            ) from error
        except (OSError, KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise InkpipeError(
                f"{path} is no language model. Received: {path.stat().st_size:,} bytes that are no arrays of n-grams. "
                "Remake it with `dvc repro -sf vocabulary`."
            ) from error


def symbol_bits(classes: int) -> int:
    """The bits that class ids need."""
    return (classes - 1).bit_length()


def count_ngrams(sources: Sequence[WeightedTexts], vocabulary: Vocabulary, order: int) -> Ngrams:
    """Count the n-grams of texts, in memory that grows with the number of distinct n-grams alone.

    Args:
        sources: texts with their weights. Characters that the vocabulary lacks count as `[UNK]`.
        vocabulary: the class ids.
        order: the length of the n-grams, >= 1; less if so many symbols of this vocabulary do not fit 64 bits.
    """
    bits = symbol_bits(vocabulary.classes)
    order = min(order, KEY_BITS // bits)
    keys, counts = np.zeros(0, np.uint64), np.zeros(0)
    for texts, weight in sources:
        for symbols in _chunks(texts, vocabulary, order):
            found, occurrences = np.unique(_packed(symbols, order, bits), return_counts=True)
            keys, counts = merged(np.append(keys, found), np.append(counts, weight * occurrences))
    return Ngrams(vocabulary.characters, order, keys, counts)


def merged(keys: NDArray[np.uint64], counts: NDArray[np.float64]) -> tuple[NDArray[np.uint64], NDArray[np.float64]]:
    """Sum the counts of equal keys.

    Args:
        keys: uint64 (n,), in any order.
        counts: float64 (n,).

    Returns:
        The distinct keys, rising, and their counts.
    """
    distinct, positions = np.unique(keys, return_inverse=True)
    return distinct, np.bincount(positions, counts, len(distinct)).astype(np.float64)


def _chunks(texts: Iterable[str], vocabulary: Vocabulary, order: int) -> Iterator[NDArray[np.uint64]]:
    """The symbols of texts, each with its borders, in arrays of about `CHUNK`."""
    before, symbols = [START] * (order - 1), list[int]()
    for text in texts:
        symbols += before
        symbols += vocabulary.encode(text)
        symbols.append(vocabulary.padding)
        if len(symbols) >= CHUNK:
            yield np.array(symbols, np.uint64)
            symbols = []
    if symbols:
        yield np.array(symbols, np.uint64)


def _packed(symbols: NDArray[np.uint64], order: int, bits: int) -> NDArray[np.uint64]:
    """The packed n-gram that ends at each symbol but the starts."""
    packed = np.zeros(len(symbols) - order + 1, np.uint64)
    for back in range(order):
        packed |= symbols[order - 1 - back : len(symbols) - back] << np.uint64(bits * back)
    return packed[symbols[order - 1 :] != START]
