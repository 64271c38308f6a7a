"""Characters to class ids and back: the one place that knows blank, unknown and padding.

Class 0 is the CTC blank, classes 1..n are the n characters in code point order, n + 1 is `[UNK]` (a character that
the vocabulary lacks) and n + 2 is padding (fills up label batches, never predicted). Nothing here needs TensorFlow.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, write_json
from inkpipe.params.vocabulary import Case, UnicodeForm

BLANK = 0
UNKNOWN_CHARACTER = "\N{REPLACEMENT CHARACTER}"


def normalize(text: str, case: Case, unicode_form: UnicodeForm) -> str:
    """Bring a label to the form in which labels are trained on and compared.

    Args:
        text: any label.
        case: `upper`, `lower` or `keep`.
        unicode_form: `NFC`, `NFKC`, or `ascii` (accents are stripped: e-acute becomes `e`).

    Returns:
        The text in that case and form, with single spaces, and none at the ends.
    """
    text = _formed(text, unicode_form)
    text = {"upper": text.upper, "lower": text.lower, "keep": text.__str__}[case]()
    return " ".join(_formed(text, unicode_form).split())  # once more: changing the case decomposes some letters


def _formed(text: str, unicode_form: UnicodeForm) -> str:
    if unicode_form == "ascii":
        return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return unicodedata.normalize(unicode_form, text)


@dataclass(frozen=True)
class Vocabulary:
    """A strict bijection between characters and class ids, with the rules by which labels are normalized.

    Attributes:
        characters: in class order; `characters[i]` has id `i + 1`.
        case: of labels, see `normalize`.
        unicode_form: of labels, see `normalize`.
        longest_label: characters of the longest training label.
        counts: of each character in the training labels.
        foreign: by split, the characters that are no class, with their counts; they are encoded as `[UNK]`.
    """

    characters: tuple[str, ...]
    case: Case = "upper"
    unicode_form: UnicodeForm = "NFC"
    longest_label: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    foreign: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        repeated = [c for c, n in Counter(self.characters).items() if n > 1]
        wrong = [c for c in self.characters if len(c) != 1]
        if repeated or wrong or not self.characters:
            raise InkpipeError(
                "A vocabulary needs distinct single characters, at least one. "
                f"Received: {list(self.characters)!r} (repeated: {repeated}, not single: {wrong}). "
                "Correct `vocabulary.characters` in params.yaml."
            )

    @property
    def unknown(self) -> int:
        """The id of `[UNK]`."""
        return len(self.characters) + 1

    @property
    def padding(self) -> int:
        """The id that fills label batches."""
        return len(self.characters) + 2

    @property
    def classes(self) -> int:
        """The number of logits of a frame: characters + blank + `[UNK]` + padding."""
        return len(self.characters) + 3

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {character: i for i, character in enumerate(self.characters, start=1)}

    def normalize(self, text: str) -> str:
        """Bring a text to this vocabulary's case and Unicode form; see the function `normalize`."""
        return normalize(text, self.case, self.unicode_form)

    def encode(self, text: str) -> list[int]:
        """The class ids of a normalized text; `[UNK]` for characters that the vocabulary lacks."""
        ids, unknown = self._ids, self.unknown
        return [ids.get(character, unknown) for character in text]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of class ids. Blank and padding vanish, `[UNK]` becomes U+FFFD, repeats stay."""
        table = ("", *self.characters, UNKNOWN_CHARACTER, "")
        return "".join(table[i] for i in ids)

    def describe(self) -> str:
        """One line: the numbers of characters and classes, and the characters that are no class."""
        foreign = sorted(set().union(*self.foreign.values())) if self.foreign else []
        unknown = f"; encoded as [UNK]: {' '.join(map(repr, foreign))}" if foreign else ""
        return (
            f"{len(self.characters)} characters, {self.classes} classes, "
            f"longest training label {self.longest_label}{unknown}"
        )

    def to_json(self) -> dict[str, Any]:
        """The vocabulary as JSON that a person can read."""
        return {
            "case": self.case,
            "unicode_form": self.unicode_form,
            "characters": list(self.characters),
            "classes": self.classes,
            "ids": {"blank": BLANK, **self._ids, "[UNK]": self.unknown, "padding": self.padding},
            "longest_label": self.longest_label,
            "counts": dict(self.counts),
            "foreign": {split: dict(counts) for split, counts in self.foreign.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Vocabulary:
        """The vocabulary that `to_json` described.

        Raises:
            InkpipeError: a key is missing or the ids do not follow from the characters.
        """
        try:
            vocabulary = cls(
                tuple(content["characters"]),
                content["case"],
                content["unicode_form"],
                content["longest_label"],
                content["counts"],
                content["foreign"],
            )
        except KeyError as error:
            raise InkpipeError(
                f"A vocabulary file lacks {error}. Remake it with `dvc repro -sf vocabulary`."
            ) from error
        if vocabulary.to_json()["ids"] != content["ids"]:
            raise InkpipeError(
                "A vocabulary file's ids do not follow from its characters: it was edited by hand. "
                "Set `vocabulary.characters` in params.yaml and run `dvc repro vocabulary`."
            )
        return vocabulary

    def save(self, path: Path) -> None:
        """Write the JSON form."""
        write_json(path, self.to_json())

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read the JSON form.

        Raises:
            InkpipeError: the file is absent or not a vocabulary.
        """
        return cls.from_json(read_json(path, "vocabulary"))


def build(
    labels: Mapping[str, Iterable[str]],
    *,
    case: Case,
    unicode_form: UnicodeForm,
    min_count: int,
    characters: str | None,
) -> Vocabulary:
    """Build the vocabulary from normalized labels, its characters from the training labels only.

    Args:
        labels: normalized labels by split; each stream is read once, and `train` must be among them.
        case: of these labels.
        unicode_form: of these labels.
        min_count: characters that occur fewer times in the training labels are encoded as `[UNK]`.
        characters: an explicit alphabet in any order; None for the characters of the training labels.

    Raises:
        InkpipeError: no training label, or no character is frequent enough.
    """
    counts: dict[str, Counter[str]] = {split: Counter() for split in labels}
    longest = dict.fromkeys(labels, 0)
    for split, texts in labels.items():
        for text in texts:
            counts[split].update(text)
            longest[split] = max(longest[split], len(text))
    if not counts["train"]:
        raise InkpipeError("No training label has any character, so there is nothing to build a vocabulary from.")
    misfits = [c for c in characters or "" if c != " " and normalize(c, case, unicode_form) != c]
    if misfits:
        raise InkpipeError(
            f"Labels never contain some of vocabulary.characters, as vocabulary.case is {case} and "
            f".unicode_form {unicode_form}. Received: {''.join(misfits)!r}. Write them as normalized labels have them."
        )
    kept = sorted(set(characters)) if characters else sorted(c for c, n in counts["train"].items() if n >= min_count)
    if not kept:
        raise InkpipeError(
            f"No character occurs {min_count} times in the training labels. Lower `vocabulary.min_count`."
        )
    return Vocabulary(
        tuple(kept),
        case,
        unicode_form,
        longest_label=longest["train"],
        counts={c: counts["train"][c] for c in kept},
        foreign={
            split: {c: n for c, n in sorted(counts[split].items()) if c not in set(kept)} for split in sorted(counts)
        },
    )
