"""The layout of tables: any CSV or TSV with a column of images and a column of texts.

    metadata.csv               file_name,text    (or image,text; filename,label; path,transcription; ...)
    train/0001.png             or beside the table, or anywhere with a name of its own

Several tables are read if they are called as splits (`train.tsv`, `val.tsv`, `test.tsv`) or lie in folders that are.
Where neither a table nor a row names the split, the folder of the image may.
A list needs no header if its first line begins with the name of an image.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from inkpipe.errors import InkpipeError
from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.image_index import ImageIndex, normalize_path
from inkpipe.sources.join import ImageKey, LabelRow
from inkpipe.sources.label_files import CsvRow, decode_text, is_label_table, is_list, read_labels, read_list
from inkpipe.sources.layouts.gt_txt import TEXT_FILE
from inkpipe.sources.layouts.kaggle import LABEL_FILE as KAGGLE_FILE
from inkpipe.sources.layouts.layout import ambiguous
from inkpipe.sources.layouts.paired import PairedLayout
from inkpipe.sources.layouts.plain import LABEL_FILE as PLAIN_FILE
from inkpipe.sources.listing import FOUND_ELSEWHERE, ListedFile, Listing
from inkpipe.sources.splitting import SPLIT_NAMES, split_of_path

EXTENSIONS = (".csv", ".tsv", ".tab", ".txt")
HEAD_BYTES = 1 << 16  # of a table, in which its header ends


_Table = tuple[Entry, str | None, Iterable[CsvRow]]  # with its split; the rows of one of several tables are a list


class TableLayout(PairedLayout):
    """See the module.

    Args:
        label_files: the tables.
        images: all images of the data.
    """

    name = "table"
    expects = "table of image names and texts"
    content = "columns such as image,text or file_name,text"
    completes_splits = True

    def __init__(self, label_files: Sequence[Entry], images: ImageIndex) -> None:
        super().__init__(label_files)
        self._images = images

    @classmethod
    def find(cls, entries: Sequence[Entry], files: Files) -> TableLayout | None:
        """See `Layout.find`. Tables of another layout's name are left to it."""
        others = (PLAIN_FILE, KAGGLE_FILE)
        if any(pattern.fullmatch(entry.name) for pattern in others for entry in entries):
            return None
        tables = [entry for entry in entries if _is_table(entry, files)]
        if len(tables) > 1 and not all(split_of_path(entry.name) for entry in tables):
            raise ambiguous(tables, "Keep one table, or one a split, called train, validation and test.")
        return cls(tables, ImageIndex(entries)) if tables else None

    def rows(self, files: Files, skipped: Listing, noticed: Listing) -> Iterator[LabelRow]:
        """See `PairedLayout.rows`."""
        tables: list[_Table] = [
            (entry, split_of_path(entry.name), _read(files.read(entry), entry.name)) for entry in self.label_files
        ]
        if len(tables) > len({split for _, split, _ in tables}):
            tables = [(entry, split, list(rows)) for entry, split, rows in tables]
        shared = _shared_names(tables)
        for entry, split, rows in tables:
            folder = posixpath.dirname(entry.name)
            for row in rows:
                named = _split(row, entry) or split
                key = self._images.key(row.filename, folder, named)
                if key not in (normalize_path(posixpath.join(folder, row.filename)), normalize_path(row.filename)):
                    noticed.add(ListedFile(split, row.filename, FOUND_ELSEWHERE, row.label, row.line, key))
                name = key if (split, row.filename) in shared else row.filename
                yield LabelRow(key, name, row.label, named or split_of_path(key), row.line, row.extra)

    def image(self, name: str) -> ImageKey | None:
        """See `PairedLayout.image`."""
        return ImageKey(normalize_path(name), split_of_path(name))


def _shared_names(tables: Sequence[_Table]) -> set[tuple[str | None, str]]:
    """The names that stand in more than one table of a split, such as `0001.png` in that of each page."""
    lists = [(split, rows) for _, split, rows in tables if isinstance(rows, list)]
    names = Counter((split, name) for split, rows in lists for name in {row.filename for row in rows if row.filename})
    return {name for name, count in names.items() if count > 1}


def _read(content: bytes, name: str) -> Iterator[CsvRow]:
    first = next(iter(decode_text(content, name).splitlines()), "")
    return read_list(content, name) if is_list(first) else read_labels(content, name)


def _is_table(entry: Entry, files: Files) -> bool:
    if not entry.name.lower().endswith(EXTENSIONS) or TEXT_FILE.fullmatch(entry.name):
        return False
    with files.open(entry) as stream:
        return is_label_table(stream.read(HEAD_BYTES))


def _split(row: CsvRow, entry: Entry) -> str | None:
    if not row.split:
        return None
    if row.split in SPLIT_NAMES:
        return SPLIT_NAMES[row.split]
    raise InkpipeError(
        f"Line {row.line} of {entry.name} names no split. Received: {row.split!r}. "
        f"Write one of {', '.join(SPLIT_NAMES)}, or leave the column out."
    )
