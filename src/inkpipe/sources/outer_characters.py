"""Characters that probably do not belong to the labels: quotes or delimiters that ended up in the text."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator

MIN_LABELS = 2  # labels with the character; a single one can be a slip of the pen
MIN_FRACTION = 0.02  # of the labels, for a character that stands at their ends only
NEARLY_ALL = 0.9  # fraction of the labels
# Labels from which on a letter at one end of nearly all of them, or a sign anywhere in them, is unlikely by chance.
MANY_LABELS = 20
SENTENCE_ENDS = ".!?"  # stand at the ends of labels only, by nature
MAX_NAMES = 5  # characters named in messages


class OuterCharacters:
    """Counts of the characters at the ends of labels and within. The memory grows with the alphabet only.

    The outer characters of a label are the signs before its first letter or digit and after its last one, without
    white space. White space at the ends of labels is harmless: it is normalized away.
    """

    def __init__(self) -> None:
        self._labels = 0
        self._outer: Counter[str] = Counter()  # labels with the sign among their outer characters
        self._both: Counter[str] = Counter()  # labels with the sign at both ends
        self._inner: Counter[str] = Counter()  # labels with the sign between their first and last letter
        self._first: Counter[str] = Counter()  # labels that begin with the character
        self._last: Counter[str] = Counter()  # labels that end with the character
        self._anywhere: Counter[str] = Counter()  # labels with the sign anywhere
        self._examples: dict[str, str] = {}

    def add(self, label: str) -> None:
        """Count the characters of a label.

        Args:
            label: any text. One without letters and digits does not count.
        """
        text = label.strip()
        if text.isalnum():  # most labels: nothing else is to be counted, and data sets are large
            self._add_ends(text, label)
        elif letters := [place for place, character in enumerate(text) if _is_letter(character)]:
            self._add_ends(text, label)
            self._add_signs(text, letters[0], letters[-1] + 1, label)

    def _add_ends(self, text: str, label: str) -> None:
        self._labels += 1
        for counts, character in ((self._first, text[0]), (self._last, text[-1])):
            counts[character] += 1
            self._examples.setdefault(character, label)

    def _add_signs(self, text: str, start: int, stop: int, label: str) -> None:
        """Count the signs of a text whose letters lie in `text[start:stop]`."""
        before, after = _signs(text[:start]), _signs(text[stop:])
        self._outer.update(_signs(text[:start] + text[stop:]))
        self._both.update(sign for sign in before if sign in after)
        self._inner.update(_signs(text[start:stop]))
        for sign in _signs(text):
            self._anywhere[sign] += 1
            self._examples.setdefault(sign, label)

    def warnings(self) -> Iterator[str]:
        """One sentence for each suspicious character: how many labels have it, where, and an example."""
        suspects = {sign: f"at the start or end of {self._part(count)}" for sign, count in self._suspect_outer()}
        for letter, count, end in self._suspect_letters():
            suspects.setdefault(letter, f"at the {end} of {self._part(count)}")
        for sign, count in self._suspect_anywhere():
            suspects.setdefault(sign, f"in {self._part(count)}")
        for character, place in list(suspects.items())[:MAX_NAMES]:
            name = unicodedata.name(character, f"U+{ord(character):04X}")
            yield f"{character!r} ({name}) stands {place}, for example {self._examples[character]!r}"
        if len(suspects) > MAX_NAMES:
            yield f"{len(suspects) - MAX_NAMES} more stand at the ends of labels or in nearly all labels"

    def _suspect_outer(self) -> Iterator[tuple[str, int]]:
        for sign, count in self._outer.most_common():
            only = not self._inner[sign] and sign not in SENTENCE_ENDS and self._is_frequent(count)
            if only or self._is_frequent(self._both[sign]) or (count >= MIN_LABELS and self._nearly_all(count)):
                yield sign, count

    def _suspect_letters(self) -> Iterator[tuple[str, int, str]]:
        """Digits may begin or end all labels: years do."""
        for end, counts in (("start", self._first), ("end", self._last)):
            for letter, count in counts.most_common(1):
                if not letter.isdigit() and self._labels >= MANY_LABELS and self._nearly_all(count):
                    yield letter, count, end

    def _suspect_anywhere(self) -> Iterator[tuple[str, int]]:
        for sign, count in self._anywhere.most_common():
            if self._labels >= MANY_LABELS and self._nearly_all(count):
                yield sign, count

    def _is_frequent(self, count: int) -> bool:
        return count >= max(MIN_LABELS, MIN_FRACTION * self._labels)

    def _nearly_all(self, count: int) -> bool:
        return count >= NEARLY_ALL * self._labels

    def _part(self, count: int) -> str:
        return f"{count:,} of {self._labels:,} labels"


def _is_letter(character: str) -> bool:
    """Whether a character is a letter, a digit, or a mark that belongs to a letter."""
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _signs(text: str) -> list[str]:
    """The signs of a text, each once, in their order: the order of warnings must not change from run to run."""
    return [sign for sign in dict.fromkeys(text) if not (_is_letter(sign) or sign.isspace())]
