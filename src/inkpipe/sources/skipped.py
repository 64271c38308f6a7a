"""Skipped files: what a source holds that cannot become a sample. All are counted, the first of each reason named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from typing import Any, NamedTuple

LABEL_WITHOUT_IMAGE = "label without image"
IMAGE_WITHOUT_LABEL = "image without label"
UNDECODABLE_NAME = "undecodable name"
UNREADABLE_FOLDER = "unreadable folder"
FILE_WITHOUT_LABEL = "other file without label"
REPEATED = "filename repeated"
CONTRADICTED = "filename repeated with another label"
# The reasons by which data is lost. They count against `max_unmatched_fraction`; files that are no images do not.
UNMATCHED = (
    *(LABEL_WITHOUT_IMAGE, IMAGE_WITHOUT_LABEL, REPEATED, CONTRADICTED),
    *(UNDECODABLE_NAME, UNREADABLE_FOLDER),
)
NAMED = 100  # files named of each reason: memory and source.json stay small for any data


class SkippedFile(NamedTuple):
    """A file, or a row of a label file, that cannot become a sample.

    Attributes:
        split: the split that it belongs to; None if unknown.
        filename: its name; empty if the row has none. A name that is not UTF-8 is written as by `inkpipe.output`.
        reason: why, in one of the wordings above.
        label: the label of a row; None for a file.
        line: the line of a row in its label file, from 1; None for a file.
    """

    split: str | None
    filename: str
    reason: str
    label: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        split = f"{self.split}: " if self.split else ""
        line = f" (line {self.line})" if self.line else ""
        return f"{split}{self.filename or 'no name'}{line}"


class Skipped:
    """The skipped files of a source: counts by reason and split, and the first `NAMED` files of each reason."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str | None]] = Counter()
        self._first: dict[str, list[SkippedFile]] = {}

    def add(self, file: SkippedFile) -> None:
        """Count a file, and keep it if it is among the first of its reason.

        Args:
            file: with its reason.
        """
        self._counts[file.reason, file.split] += 1
        first = self._first.setdefault(file.reason, [])
        if len(first) < NAMED:
            first.append(file)

    def counts(self, splits: Container[str | None] | None = None) -> Counter[str]:
        """The number of skipped files by reason.

        Args:
            splits: count only the files of these splits, None among them for files of unknown split; None for all.

        Returns:
            Reason to count.
        """
        counts: Counter[str] = Counter()
        for (reason, split), count in self._counts.items():
            if splits is None or split in splits:
                counts[reason] += count
        return counts

    def first(self, reason: str) -> list[SkippedFile]:
        """The first `NAMED` files of a reason, in the order in which they were added."""
        return self._first.get(reason, [])

    def describe(self) -> dict[str, Any]:
        """The skipped files as JSON.

        Returns:
            Reason to `{"count": int, "first": [file, ...]}`. A file has the fields of `SkippedFile` that are not None,
            without the reason.
        """
        return {
            reason: {"count": count, "first": [_fields(file) for file in self.first(reason)]}
            for reason, count in self.counts().items()
        }


def _fields(file: SkippedFile) -> dict[str, Any]:
    return {name: value for name, value in file._asdict().items() if value is not None and name != "reason"}
