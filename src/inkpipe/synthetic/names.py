"""The texts of the images: real names of many countries, invented names and random letters."""

from __future__ import annotations

import importlib
import unicodedata
from bisect import bisect
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate

from numpy.random import Generator

from inkpipe.errors import InkpipeError
from inkpipe.params.synthetic import NameParams

ALPHABET = " '-ABCDEFGHIJKLMNOPQRSTUVWXYZ`"  # the 30 characters of the labels
PARTICLES = (  # that stand before a name
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
ELISIONS = ("D", "L", "N", "O", "M")  # that stand before an apostrophe
LONG_NAME = 18  # characters; half of the longer names get one more name, so that labels up to max_length occur
INVENTED_LENGTHS = range(2, 15)  # characters of an invented name
_TRANSLITERATIONS = str.maketrans(  # capitals and signs that Unicode does not decompose
    {"Œ": "OE", "Æ": "AE", "Ø": "O", "Ł": "L", "Đ": "D", "ẞ": "SS", "İ": "I", "\u2019": "'"}
)
_WRITTEN_ACCENTS = {"\u0301", "\u0300", "\u0302", "\u0308", "\u0303", "\u0327", "\u030a"}  # those that have a glyph


def label_of(name: str) -> str:
    """The label of a name: upper case, without accents.

    Args:
        name: in any case and any Unicode form.

    Returns:
        The label. It is over `ALPHABET` for the names of `NameGenerator`.
    """
    return "".join(c for c in _decomposed(name) if not unicodedata.combining(c))


def written_form(name: str) -> str:
    """The text that a hand writes for a name: upper case, with those accents that have a glyph.

    Args:
        name: in any case and any Unicode form.

    Returns:
        The text in NFD: a base letter, then its accents.
    """
    return "".join(c for c in _decomposed(name) if not unicodedata.combining(c) or c in _WRITTEN_ACCENTS)


def _decomposed(name: str) -> str:
    return unicodedata.normalize("NFD", name.upper().translate(_TRANSLITERATIONS))


class NameGenerator:
    """Samples names from the distributions of `NameParams`."""

    def __init__(self, params: NameParams) -> None:
        """Collect the names of all locales, which takes about a second.

        Args:
            params: the weights of the locales and the probabilities of each kind of name.

        Raises:
            InkpipeError: Faker has no such locale, or its names cannot be written in the alphabet.
        """
        self._params = params
        for locale in (name for name, weight in params.locales.items() if weight):
            if not (_locale_names(locale, "first_names") and _locale_names(locale, "last_names")):
                raise InkpipeError(
                    "synthetic.names.locales has a locale without given or family names in the letters that the pen "
                    f"can write. Received: {locale}. Remove it, or set its weight to 0."
                )
        self._given = _NameList(_weighted_names(params.locales, "first_names"))
        self._family = _NameList(_weighted_names(params.locales, "last_names"))
        self._trigrams = _TrigramModel(self._given.names + self._family.names)
        self._period = round(1 / params.min_char_fraction)

    def generate(self, rng: Generator, index: int) -> str:
        """Generate a name.

        Every character of the alphabet has one index in each period of 1 / min_char_fraction indices. The name at that
        index contains the character. So even the rarest character occurs in that fraction of the labels.

        Args:
            rng: the source of randomness.
            index: of the image in its split; -1 for a name outside of this count.

        Returns:
            The name, upper case with accents (NFD). `label_of` gives its label.
        """
        name = self._name_within_max_length(rng)
        slot = index % self._period
        if slot < len(ALPHABET) and ALPHABET[slot] not in label_of(name):
            name = self._name_with_character(rng, ALPHABET[slot])
        return name

    def _name_within_max_length(self, rng: Generator) -> str:
        name = self._name(rng)
        while len(label_of(name)) > self._params.max_length:
            name = self._name(rng)
        return name

    def _name(self, rng: Generator) -> str:
        params, kind = self._params, rng.random()
        if kind < params.random_letters_probability:
            return _random_letters(rng)
        if kind < params.random_letters_probability + params.invented_probability:
            return self._trigrams.sample(rng)
        names = self._given if rng.random() < params.given_name_probability else self._family
        name = names.sample(rng)
        if rng.random() < params.compound_probability:
            name += "- "[int(rng.random() < 0.5)] + names.sample(rng)
        if rng.random() < params.particle_probability:
            name = f"{PARTICLES[rng.integers(len(PARTICLES))]} {name}"
        while rng.random() < params.extra_name_probability or (len(name) > LONG_NAME and rng.random() < 0.5):
            name += " " + names.sample(rng)
        return name

    def _name_with_character(self, rng: Generator, character: str) -> str:
        if character == " ":
            name = f"{self._given.sample(rng)} {self._family.sample(rng)}"
        elif character == "-":
            name = f"{self._given.sample(rng)}-{self._given.sample(rng)}"
        elif character in "'`":
            name = f"{ELISIONS[rng.integers(len(ELISIONS))]}{character}{self._family.sample(rng)}"
        else:
            names = self._given if rng.random() < 0.5 else self._family
            name = names.sample_with(rng, character) or character + self._trigrams.sample(rng)
        return name if len(label_of(name)) <= self._params.max_length else f"D{character}E"


class _NameList:
    """Names with weights, indexed by the characters that they contain."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.names = list(weights)
        self._cumulative = list(accumulate(weights.values()))
        self._by_character: dict[str, list[str]] = {}
        for name in self.names:
            for character in set(label_of(name)):
                self._by_character.setdefault(character, []).append(name)

    def sample(self, rng: Generator) -> str:
        """A name by the weights."""
        return self.names[bisect(self._cumulative, rng.random() * self._cumulative[-1], hi=len(self.names) - 1)]

    def sample_with(self, rng: Generator, character: str) -> str | None:
        """A name that contains the character, all equally likely; None where no name does."""
        names = self._by_character.get(character)
        return names[rng.integers(len(names))] if names else None


class _TrigramModel:
    """Invents names from the letter trigrams of real ones: a Markov chain of order 2.

    Source: C. E. Shannon, A mathematical theory of communication, 1948. `^` pads the start of a name, `$` ends it.
    """

    def __init__(self, names: Sequence[str]) -> None:
        counts: dict[str, Counter[str]] = {}
        for name in names:
            padded = f"^^{label_of(name)}$"
            for i in range(len(padded) - 2):
                counts.setdefault(padded[i : i + 2], Counter())[padded[i + 2]] += 1
        self._next = {
            pair: ("".join(followers), list(accumulate(followers.values()))) for pair, followers in counts.items()
        }

    def sample(self, rng: Generator) -> str:
        while True:
            text = "^^"
            while not text.endswith("$"):
                letters, cumulative = self._next[text[-2:]]
                text += letters[bisect(cumulative, rng.random() * cumulative[-1], hi=len(letters) - 1)]
            if len(text) - len("^^$") in INVENTED_LENGTHS:
                return text[2:-1]


def _random_letters(rng: Generator) -> str:
    letters = rng.integers(26, size=rng.integers(2, 10))
    return "".join(chr(ord("A") + letter) for letter in letters)


@cache
def _locale_names(locale: str, kind: str) -> dict[str, float]:
    """The names of one of Faker's locales whose labels are over the alphabet, and their fractions in that locale."""
    try:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    except ModuleNotFoundError as error:
        raise InkpipeError(
            f"synthetic.names.locales has a locale that Faker does not have. Received: {locale}. "
            "Its documentation lists them, such as fr_FR."
        ) from error
    entries = getattr(provider, kind, ())
    weights = entries if isinstance(entries, Mapping) else dict.fromkeys(entries, 1.0)
    usable = {
        written_form(name): float(weight) for name, weight in weights.items() if set(label_of(name)) <= set(ALPHABET)
    }
    total = sum(usable.values())
    return {name: weight / total for name, weight in usable.items() if name.strip()}


def _weighted_names(locales: Mapping[str, float], kind: str) -> dict[str, float]:
    """The names of all locales with weights.

    A locale counts by its weight, a name within it by the square root of its frequency: rare names come more often.
    """
    table: dict[str, float] = {}
    for locale, weight in ((name, weight) for name, weight in locales.items() if weight):
        roots = {name: fraction**0.5 for name, fraction in _locale_names(locale, kind).items()}
        total = sum(roots.values())
        for name, root in roots.items():
            table[name] = table.get(name, 0.0) + weight * root / total
    return table
