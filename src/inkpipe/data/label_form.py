"""The form in which labels are learned and compared: decided on training labels, and what it changes in labels."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inkpipe.data.vocabulary import normalize
from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, write_json
from inkpipe.params.vocabulary import Case, CaseChoice, UnicodeForm

# Labels with lower-case letters up to which these are slips in capitals: a fraction, and a number in a small corpus
STRAY, FEW = 0.01, 3
EXAMPLES = 3  # labels that are named for each kind of change
# Kinds of changes, in the words of messages:
CASE, FORM, LENGTH, MARKS = "case", "Unicode form", "number of characters", "more combining marks"


@dataclass(frozen=True)
class LabelForm:
    """The form of labels.

    Attributes:
        case: `upper`, `lower` or `keep`.
        unicode_form: `NFC`, `NFKC` or `ascii`.
        reason: why `vocabulary.case: auto` took this case; empty for a case that a person chose.
    """

    case: Case
    unicode_form: UnicodeForm
    reason: str = ""

    def normalize(self, text: str) -> str:
        """Bring a text to this form; see `inkpipe.data.vocabulary.normalize`."""
        return normalize(text, self.case, self.unicode_form)

    def to_json(self) -> dict[str, Any]:
        """The fields by name."""
        return {"case": self.case, "unicode_form": self.unicode_form, "reason": self.reason}

    def save(self, path: Path) -> None:
        """Write the JSON form."""
        write_json(path, self.to_json())

    @classmethod
    def load(cls, path: Path) -> LabelForm:
        """Read the JSON form.

        Raises:
            InkpipeError: the file is absent or damaged.
        """
        try:
            return cls(**read_json(path, "validate"))
        except TypeError as error:
            raise InkpipeError(
                f"{path} is damaged. Received: {error}. Remake it with `dvc repro -sf validate`."
            ) from error


def decide_form(labels: Iterable[str | None], case: CaseChoice, unicode_form: UnicodeForm) -> LabelForm:
    """Decide on the form of labels. `auto` keeps the case where the labels have lower-case letters.

    Capitals with a few slips, as in forms, are learned as capitals.

    Args:
        labels: of the training split, as the source gives them, real ones where there are any; read only for `auto`.
        case: `vocabulary.case`.
        unicode_form: `vocabulary.unicode_form`.
    """
    if case != "auto":
        return LabelForm(case, unicode_form)
    texts = small = 0
    for label in labels:
        if label and not label.isspace():
            texts += 1
            small += label != label.upper() and any(map(str.islower, label))
    chosen: Case = "keep" if small > max(FEW, STRAY * texts) else "upper"
    return LabelForm(chosen, unicode_form, f"{small:,} of {texts:,} training labels have lower-case letters")


@dataclass(frozen=True)
class LabelChanges:
    """What a form changes in labels, beyond white space.

    Attributes:
        labels: all that were looked at.
        changed: those that change.
        counts: the labels that change, by kind of change; one can change in several ways.
        examples: a few of them by kind, each with what it becomes.
    """

    labels: int = 0
    changed: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """One line for each kind of change that occurs."""
        return [
            f"labels changed: {kind}: {self.counts[kind]:,} of {self.labels:,}, such as "
            + "; ".join(f"{before!r} becomes {after!r}" for before, after in self.examples[kind])
            for kind in (CASE, FORM, LENGTH, MARKS)
            if self.counts[kind]
        ]


def label_changes(labels: Iterable[str | None], form: LabelForm) -> LabelChanges:
    """Count the labels that a form changes.

    Args:
        labels: as the source gives them.
        form: of labels.
    """
    total, different, counts = 0, 0, Counter[str]()
    examples: dict[str, list[tuple[str, str]]] = {}
    for label in labels:
        if not label or label.isspace():
            continue
        total += 1
        given, changed = " ".join(label.split()), form.normalize(label)
        if changed == given:
            continue
        different += 1
        for kind in _kinds(given, changed, form):
            counts[kind] += 1
            if len(named := examples.setdefault(kind, [])) < EXAMPLES:
                named.append((given, changed))
    return LabelChanges(total, different, counts, examples)


def _kinds(given: str, changed: str, form: LabelForm) -> list[str]:
    formed = normalize(given, "keep", form.unicode_form)
    kinds = {
        CASE: changed != formed,
        FORM: formed != given,
        LENGTH: len(changed) != len(formed),
        MARKS: _marks(changed) > _marks(given),
    }
    return [kind for kind, applies in kinds.items() if applies]


def _marks(text: str) -> int:
    return sum(map(bool, map(unicodedata.combining, text)))
