"""The layout of Kaggle's handwriting-recognition data: a label file and a folder of images for each split.

    written_name_train_v2.csv          FILENAME,IDENTITY
    train_v2/train/TRAIN_00001.jpg     and so on; likewise for validation and test

Any folders may lie above. The version `_v2` and the inner folder may be absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from inkpipe.data.corpus import SPLITS
from inkpipe.sources.entries import Entry
from inkpipe.sources.label_files import read_labels
from inkpipe.sources.layouts.layout import ImageKey, LabelRow, ambiguous, normalize_path

LABEL_FILE = re.compile(rf"(?:.*/)?written_name_({'|'.join(SPLITS)})(?:_v\d+)?\.csv", re.IGNORECASE)
# The last folder that is named as a split counts: the name of the whole data set may be one, too.
IMAGE = re.compile(rf"(?:.*/)?({'|'.join(SPLITS)})(?:_v\d+)?/(.+)", re.IGNORECASE)


@dataclass(frozen=True)
class KaggleLayout:
    """See the module. A label joins the image of the same split and name.

    Attributes:
        label_files: the label files.
        splits: the split of each of them.
    """

    name: ClassVar[str] = "kaggle"
    expects: ClassVar[str] = "written_name_{split}_v2.csv (split: train, validation, test)"
    content: ClassVar[str] = "the columns FILENAME,IDENTITY"
    label_files: tuple[Entry, ...]
    splits: tuple[str, ...]

    @classmethod
    def find(cls, entries: Sequence[Entry]) -> KaggleLayout | None:
        """See `Layout.find`."""
        matches = [(entry, match[1].lower()) for entry in entries if (match := LABEL_FILE.fullmatch(entry.name))]
        if not matches:
            return None
        label_files, splits = zip(*matches, strict=True)
        if len(set(splits)) < len(splits):
            raise ambiguous(label_files, "Keep one written_name_{split}_v2.csv a split.")
        return cls(label_files, splits)

    def rows(self, read: Callable[[Entry], bytes]) -> Iterator[LabelRow]:
        """See `Layout.rows`."""
        for entry, split in zip(self.label_files, self.splits, strict=True):
            for row in read_labels(read(entry), entry.name):
                yield LabelRow(_key(split, row.filename), row.filename, row.label, split, row.line)

    def image(self, name: str) -> ImageKey | None:
        """See `Layout.image`."""
        match = IMAGE.fullmatch(name)
        if not match:
            return None
        split = match[1].lower()
        return ImageKey(_key(split, match[2]), split)


def _key(split: str, filename: str) -> str:
    return f"{split}/{normalize_path(filename)}"
