"""Listings: what a source skipped, and what it noticed of samples. All is counted, the first of each reason named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from typing import Any, NamedTuple

from inkpipe.data.corpus import NOT_TRANSCRIBED

LABEL_WITHOUT_IMAGE = "label without image"
IMAGE_WITHOUT_LABEL, LINE_WITHOUT_TEXT = NOT_TRANSCRIBED  # which is normal; `inkpipe read` works on them
UNDECODABLE_NAME = "undecodable name"
UNREADABLE_FOLDER = "unreadable folder"
FILE_WITHOUT_LABEL = "other file without label"
IMAGE_VARIANT = "variant of an image, of which one file counts"
REPEATED = "filename repeated"
CONTRADICTED = "filename repeated with another label"
PAGE_WITHOUT_IMAGE = "page without image"
PAGE_REPEATED = "page whose image another file describes"
PAGE_OF_OTHER_SHAPE = "page of another shape than its image"
UNREADABLE_TRANSCRIPT = "unreadable transcript"
UNREADABLE_ROW = "row of a label file in another form"
LINE_WITHOUT_PLACE = "line without a place in its image"
# The reasons by which labels are lost. They count against `max_unmatched_fraction`.
UNMATCHED = (
    LABEL_WITHOUT_IMAGE,
    REPEATED,
    CONTRADICTED,
    PAGE_WITHOUT_IMAGE,
    PAGE_REPEATED,
    PAGE_OF_OTHER_SHAPE,
    UNREADABLE_TRANSCRIPT,
    LINE_WITHOUT_PLACE,
    UNREADABLE_ROW,
    UNDECODABLE_NAME,
    UNREADABLE_FOLDER,
)
# What is noticed of samples that are taken.
PAGE_DAMAGED = "page whose image does not decode, its lines have none"
MAY_SHARE_PAGE = "no group is known, and lines of one page may be in two splits: set data.folder.group_pattern"
WITHOUT_GROUP = "no group in the column or by the pattern: its own name is its group"
FOUND_ELSEWHERE = "image found in another folder, case or extension than its label says"
HTML_ENTITY = "label with HTML entities, which are now characters"
LINE_BREAK = "label of several lines, which are joined by spaces"
NOT_COMPOSED = "label in another Unicode form than NFC"
RIGHT_TO_LEFT = "label with text from right to left, against the direction in which the network reads"
MAX_NAMES = 5  # files named in a line
NAMED = 100  # files named of each reason: memory and source.json stay small for any data


class ListedFile(NamedTuple):
    """A file, a row of a label file, or a line of a page.

    Attributes:
        split: the split that it belongs to; None if unknown.
        filename: its name; empty if the row has none. A name that is not UTF-8 is written as by `inkpipe.output`.
        reason: why, in one of the wordings above.
        label: the label of a row; None for a file.
        line: the line of a row in its label file, from 1; None for a file.
        detail: what was found; None where the reason says it all.
    """

    split: str | None
    filename: str
    reason: str
    label: str | None = None
    line: int | None = None
    detail: str | None = None

    def __str__(self) -> str:
        split = f"{self.split}: " if self.split else ""
        line = f" (line {self.line})" if self.line else ""
        detail = f" ({self.detail})" if self.detail else ""
        return f"{split}{self.filename or 'no name'}{line}{detail}"


class Listing:
    """Files of a source, listed by reason: counts by reason and split, and the first `NAMED` files of each reason."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str | None]] = Counter()
        self._first: dict[str, list[ListedFile]] = {}

    def add(self, file: ListedFile) -> None:
        """Count a file, and keep it if it is among the first of its reason.

        Args:
            file: with its reason.
        """
        self._counts[file.reason, file.split] += 1
        first = self._first.setdefault(file.reason, [])
        if len(first) < NAMED:
            first.append(file)

    def counts(self, splits: Container[str | None] | None = None) -> Counter[str]:
        """The number of files by reason.

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

    def first(self, reason: str) -> list[ListedFile]:
        """The first `NAMED` files of a reason, in the order in which they were added."""
        return self._first.get(reason, [])

    def line(self, reason: str) -> str:
        """A reason with its count and the first files, such as `filename repeated: 7 (a.png (line 3), ...)`."""
        count = sum(number for (other, _), number in self._counts.items() if other == reason)
        names = ", ".join(map(str, self.first(reason)[:MAX_NAMES]))
        return f"{reason}: {count:,} ({names}{', ...' if count > MAX_NAMES else ''})"

    def describe(self) -> dict[str, Any]:
        """The listing as JSON.

        Returns:
            Reason to `{"count": int, "first": [file, ...]}`. A file has the fields of `ListedFile` that are not None,
            without the reason.
        """
        return {
            reason: {"count": count, "first": [_fields(file) for file in self.first(reason)]}
            for reason, count in self.counts().items()
        }


def _fields(file: ListedFile) -> dict[str, Any]:
    return {name: value for name, value in file._asdict().items() if value is not None and name != "reason"}
