"""The plain layout: one `labels.csv` with the columns `filename,label[,split]`, images relative to its folder."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from inkpipe.data.corpus import SPLITS
from inkpipe.errors import InkpipeError
from inkpipe.sources.entries import Entry
from inkpipe.sources.label_files import CsvRow, read_labels
from inkpipe.sources.layouts.layout import ImageKey, LabelRow, ambiguous, normalize_path

LABEL_FILE = re.compile(r"(?:.*/)?labels\.csv", re.IGNORECASE)


@dataclass(frozen=True)
class PlainLayout:
    """See the module.

    Attributes:
        label_files: the one label file.
    """

    name: ClassVar[str] = "plain"
    expects: ClassVar[str] = "labels.csv"
    content: ClassVar[str] = "the columns filename,label[,split]"
    label_files: tuple[Entry, ...]

    @classmethod
    def find(cls, entries: Sequence[Entry]) -> PlainLayout | None:
        """See `Layout.find`."""
        label_files = tuple(entry for entry in entries if LABEL_FILE.fullmatch(entry.name))
        if len(label_files) > 1:
            raise ambiguous(label_files, "Keep one labels.csv.")
        return cls(label_files) if label_files else None

    def rows(self, read: Callable[[Entry], bytes]) -> Iterator[LabelRow]:
        """See `Layout.rows`."""
        (entry,) = self.label_files
        folder = posixpath.dirname(entry.name)
        for row in read_labels(read(entry), entry.name):
            key = normalize_path(posixpath.join(folder, row.filename))
            yield LabelRow(key, row.filename, row.label, _split(row, entry.name), row.line)

    def image(self, name: str) -> ImageKey | None:
        """See `Layout.image`."""
        return ImageKey(normalize_path(name))


def _split(row: CsvRow, file: str) -> str | None:
    if row.split is None or row.split in SPLITS:
        return row.split
    raise InkpipeError(
        f"Line {row.line} of {file} names no split. Received: {row.split!r}. "
        f"Write {', '.join(SPLITS)}, or leave the column out: inkpipe then splits by the fractions in data.folder."
    )
