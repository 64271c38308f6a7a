"""The plain layout: one `labels.csv` with the columns `filename,label[,split]`.

Images lie relative to its folder, or anywhere with a name of their own.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from inkpipe.data.corpus import SPLITS
from inkpipe.errors import InkpipeError
from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.image_index import ImageIndex, normalize_path
from inkpipe.sources.join import ImageKey, LabelRow
from inkpipe.sources.label_files import CsvRow, read_labels
from inkpipe.sources.layouts.layout import ambiguous
from inkpipe.sources.layouts.paired import PairedLayout
from inkpipe.sources.listing import FOUND_ELSEWHERE, ListedFile, Listing

LABEL_FILE = re.compile(r"(?:.*/)?labels\.csv", re.IGNORECASE)


class PlainLayout(PairedLayout):
    """See the module.

    Args:
        label_files: the label file.
        images: all images of the data.
    """

    name = "plain"
    expects = "labels.csv"
    content = "the columns filename,label[,split]"

    def __init__(self, label_files: Sequence[Entry], images: ImageIndex) -> None:
        super().__init__(label_files)
        self._images = images

    @classmethod
    def find(cls, entries: Sequence[Entry], files: Files) -> PlainLayout | None:
        """See `Layout.find`."""
        label_files = [entry for entry in entries if LABEL_FILE.fullmatch(entry.name)]
        if len(label_files) > 1:
            raise ambiguous(label_files, "Keep one labels.csv.")
        return cls(label_files, ImageIndex(entries)) if label_files else None

    def rows(self, files: Files, skipped: Listing, noticed: Listing) -> Iterator[LabelRow]:
        """See `PairedLayout.rows`."""
        (entry,) = self.label_files
        folder = posixpath.dirname(entry.name)
        for row in read_labels(files.read(entry), entry.name):
            split = _split(row, entry.name)
            key = self._images.key(row.filename, folder)
            if key != normalize_path(posixpath.join(folder, row.filename)):
                noticed.add(ListedFile(split, row.filename, FOUND_ELSEWHERE, row.label, row.line, key))
            yield LabelRow(key, row.filename, row.label, split, row.line, row.extra)

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
