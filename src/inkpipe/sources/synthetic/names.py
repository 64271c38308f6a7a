"""Which names are written: real ones of many countries, invented ones, random letters."""

from __future__ import annotations

import importlib
import unicodedata
from bisect import bisect
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate

import numpy as np

from inkpipe.params.synthetic import NameParams

ALPHABET = " '-ABCDEFGHIJKLMNOPQRSTUVWXYZ`"
PARTICLES = (
    "DE",
    "DE LA",
    "LE",
    "LA",
    "DU",
    "DES",
    "BEN",
    "EL",
    "DA",
    "DI",
    "VAN",
    "VAN DEN",
    "SAINT",
    "ABD EL",
    "AIT",
    "DOS",
)
ELISIONS = ("D", "L", "N", "O", "M")
_FOLDED = str.maketrans({"Œ": "OE", "Æ": "AE", "Ø": "O", "Ł": "L", "Đ": "D", "ẞ": "SS", "İ": "I", "\u2019": "'"})
_DRAWN_MARKS = {"\u0301", "\u0300", "\u0302", "\u0308", "\u0303", "\u0327", "\u030a"}


def plain(name: str) -> str:
    """A name as a label has it: upper case, without accents."""
    decomposed = unicodedata.normalize("NFD", name.upper().translate(_FOLDED))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def drawn(name: str) -> str:
    """A name as it may be written: upper case, with the accents that the pen knows (NFD)."""
    decomposed = unicodedata.normalize("NFD", name.upper().translate(_FOLDED))
    return "".join(c for c in decomposed if not unicodedata.combining(c) or c in _DRAWN_MARKS)


class Names:
    """Draws names by the distributions of `NameParams`."""

    def __init__(self, params: NameParams) -> None:
        self._params = params
        self._given = _Pool(_weighted(params.locales, "first_names"))
        self._family = _Pool(_weighted(params.locales, "last_names"))
        self._spelling = _Spelling(self._given.names + self._family.names)
        self._period = round(1 / params.least_share)

    def draw(self, rng: np.random.Generator, index: int) -> str:
        """The name of the image of that index, upper case with accents (NFD); `plain` of it is over `ALPHABET`.

        Every period of 1 / least_share images asks once for each character of the alphabet, so that even the rarest
        occurs in that share of the labels.
        """
        name = self._fitting(rng)
        slot = index % self._period
        if slot < len(ALPHABET) and ALPHABET[slot] not in plain(name):
            name = self._with_character(rng, name, ALPHABET[slot])
        return name

    def _fitting(self, rng: np.random.Generator) -> str:
        name = self._any(rng)
        while len(plain(name)) > self._params.longest:
            name = self._any(rng)
        return name

    def _any(self, rng: np.random.Generator) -> str:
        params, kind = self._params, rng.random()
        if kind < params.random_share:
            return self._random(rng)
        if kind < params.random_share + params.invented_share:
            return self._spelling.draw(rng)
        pool = self._given if rng.random() < params.given_share else self._family
        name = pool.draw(rng)
        if rng.random() < params.compound_share:
            name += "- "[int(rng.random() < 0.5)] + pool.draw(rng)
        if rng.random() < params.particle_share:
            name = f"{PARTICLES[rng.integers(len(PARTICLES))]} {name}"
        while rng.random() < params.long_share or (len(name) > 18 and rng.random() < 0.5):
            name += " " + pool.draw(rng)
        return name

    def _random(self, rng: np.random.Generator) -> str:
        letters = rng.integers(26, size=rng.integers(2, 10))
        return "".join(chr(65 + letter) for letter in letters)

    def _with_character(self, rng: np.random.Generator, name: str, character: str) -> str:
        if character == " ":
            name = f"{self._given.draw(rng)} {self._family.draw(rng)}"
        elif character == "-":
            name = f"{self._given.draw(rng)}-{self._given.draw(rng)}"
        elif character in "'`":
            name = f"{ELISIONS[rng.integers(len(ELISIONS))]}{character}{self._family.draw(rng)}"
        else:
            pool = self._given if rng.random() < 0.5 else self._family
            name = pool.draw_with(rng, character) or character + self._spelling.draw(rng)
        return name if len(plain(name)) <= self._params.longest else f"D{character}E"


class _Pool:
    """Names with weights, and which of them have a character."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.names = list(weights)
        self._sums = list(accumulate(weights.values()))
        self._having: dict[str, list[str]] = {}
        for name in self.names:
            for character in set(plain(name)):
                self._having.setdefault(character, []).append(name)

    def draw(self, rng: np.random.Generator) -> str:
        return self.names[bisect(self._sums, rng.random() * self._sums[-1], hi=len(self.names) - 1)]

    def draw_with(self, rng: np.random.Generator, character: str) -> str | None:
        having = self._having.get(character)
        return having[rng.integers(len(having))] if having else None


class _Spelling:
    """Invents names by the letter trigrams of known ones (a Markov chain of order 2; Shannon 1948)."""

    def __init__(self, names: Sequence[str]) -> None:
        counts: dict[str, Counter[str]] = {}
        for name in names:
            padded = f"^^{plain(name)}$"
            for i in range(len(padded) - 2):
                counts.setdefault(padded[i : i + 2], Counter())[padded[i + 2]] += 1
        self._next = {pair: ("".join(found), list(accumulate(found.values()))) for pair, found in counts.items()}

    def draw(self, rng: np.random.Generator) -> str:
        while True:
            text = "^^"
            while not text.endswith("$"):
                letters, sums = self._next[text[-2:]]
                text += letters[bisect(sums, rng.random() * sums[-1], hi=len(letters) - 1)]
            if 2 <= len(text) - 3 <= 14:
                return text[2:-1]


@cache
def _entries(locale: str, kind: str) -> dict[str, float]:
    """Names of one of Faker's locales with their shares there, those that fold into the alphabet."""
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    entries = getattr(provider, kind, ())
    weights = entries if isinstance(entries, Mapping) else dict.fromkeys(entries, 1.0)
    kept = {drawn(name): float(weight) for name, weight in weights.items() if set(plain(name)) <= set(ALPHABET)}
    total = sum(kept.values())
    return {name: weight / total for name, weight in kept.items() if name.strip()}


def _weighted(locales: Mapping[str, float], kind: str) -> dict[str, float]:
    """Names of all locales: a locale's share by its weight, a name's within it by the square root of its own share."""
    table: dict[str, float] = {}
    for locale, weight in locales.items():
        entries = {name: share**0.5 for name, share in _entries(locale, kind).items()}
        total = sum(entries.values())
        for name, share in entries.items():
            table[name] = table.get(name, 0.0) + weight * share / total
    return table
