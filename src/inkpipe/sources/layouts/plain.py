"""The plain layout: one `labels.csv` with the columns `filename,label[,split]`, images relative to its folder."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from inkpipe.data.corpus import SPLITS
from inkpipe.errors import InkpipeError
from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.image_index import normalize_path
from inkpipe.sources.join import ImageKey, LabelRow
from inkpipe.sources.label_files import CsvRow, read_labels
from inkpipe.sources.layouts.layout import ambiguous
from inkpipe.sources.layouts.paired import PairedLayout
from inkpipe.sources.listing import Listing

LABEL_FILE = re.compile(r"(?:.*/)?labels\.csv", re.IGNORECASE)


class PlainLayout(PairedLayout):
    """See the module."""

    name = "plain"
    expects = "labels.csv"
    content = "the columns filename,label[,split]"

    @classmethod
    def find(cls, entries: Sequence[Entry], files: Files) -> PlainLayout | None:
        """See `Layout.find`."""
        label_files = [entry for entry in entries if LABEL_FILE.fullmatch(entry.name)]
        if len(label_files) > 1:
            raise ambiguous(label_files, "Keep one labels.csv.")
        return cls(label_files) if label_files else None

    def rows(self, files: Files, skipped: Listing, noticed: Listing) -> Iterator[LabelRow]:
        """See `PairedLayout.rows`."""
        (entry,) = self.label_files
        folder = posixpath.dirname(entry.name)
        for row in read_labels(files.read(entry), entry.name):
            key = normalize_path(posixpath.join(folder, row.filename))
            yield LabelRow(key, row.filename, row.label, _split(row, entry.name), row.line, row.extra)

    def image(self, name: str) -> ImageKey | None:
        """See `PairedLayout.image`."""
        return ImageKey(normalize_path(name))


def _split(row: CsvRow, file: str) -> str | None:
    if row.split is None or row.split in SPLITS:
        return row.split
    raise InkpipeError(
        f"Line {row.line} of {file} names no split. Received: {row.split!r}. "
        f"Write {', '.join(SPLITS)}, or leave the column out: inkpipe then splits by the fractions in data.folder."
    )
