"""What the labels of a corpus are made of: lengths, case, scripts and symbols."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LabelSummary:
    """What labels are made of.

    Attributes:
        count: number of labels.
        lengths: number of characters of each label.
        words: number of words of each label.
        upper: labels with upper-case letters, and none in lower case.
        lower: labels with lower-case letters, and none in upper case.
        mixed: labels with both.
        characters: how often each character occurs.
    """

    count: int
    lengths: Sequence[int]
    words: Sequence[int]
    upper: int
    lower: int
    mixed: int
    characters: Counter[str]

    @property
    def scripts(self) -> dict[str, int]:
        """The number of letters by script, the most frequent first. Unicode's names of letters begin with it."""
        scripts: Counter[str] = Counter()
        for character, count in self.characters.items():
            if character.isalpha():
                scripts[unicodedata.name(character, "UNNAMED").split()[0].split("-")[0].title()] += count
        return dict(scripts.most_common())

    @property
    def symbols(self) -> dict[str, int]:
        """How often each character occurs that is neither letter nor digit nor space, the most frequent first."""
        return {each: count for each, count in self.characters.most_common() if not (each.isalnum() or each.isspace())}


def summarize_labels(labels: Sequence[str]) -> LabelSummary:
    """Count what labels are made of.

    Args:
        labels: as the source gives them, none empty.
    """
    cases = Counter((text != text.lower(), text != text.upper()) for text in labels)
    characters: Counter[str] = Counter()
    for label in labels:
        characters.update(label)
    return LabelSummary(
        len(labels),
        [len(label) for label in labels],
        [len(label.split()) for label in labels],
        cases[True, False],
        cases[False, True],
        cases[True, True],
        characters,
    )


def character_name(character: str) -> str:
    """A character with its code point and name, such as `é U+00E9 LATIN SMALL LETTER E WITH ACUTE`."""
    return f"{character} U+{ord(character):04X} {unicodedata.name(character, 'without a name')}"
