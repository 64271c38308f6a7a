"""The layout of Kaggle's handwriting-recognition data: a label file and a folder of images for each split.

    written_name_train_v2.csv          FILENAME,IDENTITY
    train_v2/train/TRAIN_00001.jpg     and so on; likewise for validation and test

Any folders may lie above. The version `_v2` and the inner folder may be absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from inkpipe.data.corpus import SPLITS
from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.image_index import normalize_path
from inkpipe.sources.join import ImageKey, LabelRow
from inkpipe.sources.label_files import read_labels
from inkpipe.sources.layouts.layout import ambiguous
from inkpipe.sources.layouts.paired import PairedLayout
from inkpipe.sources.listing import Listing

LABEL_FILE = re.compile(rf"(?:.*/)?written_name_({'|'.join(SPLITS)})(?:_v\d+)?\.csv", re.IGNORECASE)
# The last folder that is named as a split counts: the name of the whole data set may be one, too.
IMAGE = re.compile(rf"(?:.*/)?({'|'.join(SPLITS)})(?:_v\d+)?/(.+)", re.IGNORECASE)


class KaggleLayout(PairedLayout):
    """See the module. A label joins the image of the same split and name.

    Args:
        label_files: the label files.
        splits: the split of each of them.
    """

    name = "kaggle"
    expects = "written_name_{split}_v2.csv (split: train, validation, test)"
    content = "the columns FILENAME,IDENTITY"

    def __init__(self, label_files: Sequence[Entry], splits: Sequence[str]) -> None:
        super().__init__(label_files)
        self.splits = tuple(splits)

    @classmethod
    def find(cls, entries: Sequence[Entry], files: Files) -> KaggleLayout | None:
        """See `Layout.find`."""
        matches = [(entry, match[1].lower()) for entry in entries if (match := LABEL_FILE.fullmatch(entry.name))]
        if not matches:
            return None
        label_files, splits = zip(*matches, strict=True)
        if len(set(splits)) < len(splits):
            raise ambiguous(label_files, "Keep one written_name_{split}_v2.csv a split.")
        return cls(label_files, splits)

    def rows(self, files: Files, skipped: Listing, noticed: Listing) -> Iterator[LabelRow]:
        """See `PairedLayout.rows`."""
        for entry, split in zip(self.label_files, self.splits, strict=True):
            for row in read_labels(files.read(entry), entry.name):
                yield LabelRow(_key(split, row.filename), row.filename, row.label, split, row.line, row.extra)

    def image(self, name: str) -> ImageKey | None:
        """See `PairedLayout.image`."""
        match = IMAGE.fullmatch(name)
        if not match:
            return None
        split = match[1].lower()
        return ImageKey(_key(split, match[2]), split)


def _key(split: str, filename: str) -> str:
    return f"{split}/{normalize_path(filename)}"
