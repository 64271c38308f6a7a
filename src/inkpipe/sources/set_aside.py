"""What a source holds that cannot become a sample: all of it counted, the first of each reason named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from typing import Any, NamedTuple

LABEL_WITHOUT_IMAGE = "label without image"
IMAGE_WITHOUT_LABEL = "image without label"
FILE_WITHOUT_LABEL = "other file without label"
REPEATED = "filename repeated"
CONTRADICTED = "filename repeated with another label"
UNPAIRED = (LABEL_WITHOUT_IMAGE, IMAGE_WITHOUT_LABEL, REPEATED, CONTRADICTED)  # what is lost, where other files are not
NAMED = 100  # of each reason, so that memory and source.json stay small whatever the data


class SetAside(NamedTuple):
    """What cannot become a sample, and why; `split`, `label` and `line` (of the label file) are null where unknown."""

    split: str | None
    filename: str
    reason: str
    label: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        split = f"{self.split}: " if self.split else ""
        line = f" (line {self.line})" if self.line else ""
        return f"{split}{self.filename or 'no name'}{line}"


class Tally:
    """Counts by reason and split, and the first `NAMED` of each reason in the order in which they were found."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str | None]] = Counter()
        self._first: dict[str, list[SetAside]] = {}

    def add(self, found: SetAside) -> None:
        """Count it, and keep it if it is among the first of its reason."""
        self._counts[found.reason, found.split] += 1
        first = self._first.setdefault(found.reason, [])
        if len(first) < NAMED:
            first.append(found)

    def counts(self, splits: Container[str | None] | None = None) -> Counter[str]:
        """How many there are by reason: of these splits, or of all."""
        counts: Counter[str] = Counter()
        for (reason, split), count in self._counts.items():
            if splits is None or split in splits:
                counts[reason] += count
        return counts

    def first(self, reason: str) -> list[SetAside]:
        """The first of a reason."""
        return self._first.get(reason, [])

    def describe(self) -> dict[str, Any]:
        """Count and first by reason, as JSON; what is unknown of an entry is absent from it."""
        return {
            reason: {"count": count, "first": [_known(found) for found in self.first(reason)]}
            for reason, count in self.counts().items()
        }


def _known(found: SetAside) -> dict[str, Any]:
    return {name: value for name, value in found._asdict().items() if value is not None and name != "reason"}
