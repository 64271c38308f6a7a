"""Labeled images of one's own: a directory or a .zip, in one of the layouts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from inkpipe.data.corpus import SPLITS, Sample
from inkpipe.errors import InkpipeError
from inkpipe.output import decodable
from inkpipe.progress import track
from inkpipe.sources.archive import open_files
from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.join import LabeledFile, UnlabeledFile, join
from inkpipe.sources.layouts import LAYOUTS, LabelRow, Layout
from inkpipe.sources.layouts.layout import ambiguous
from inkpipe.sources.skipped import (
    FILE_WITHOUT_LABEL,
    IMAGE_WITHOUT_LABEL,
    UNDECODABLE_NAME,
    UNMATCHED,
    UNREADABLE_FOLDER,
    Skipped,
    SkippedFile,
)

IMAGE = re.compile(r".+\.(jpe?g|jpe|jfif|jp2|png|bmp|dib|tiff?|webp|gif|hei[cf]|avif|p[bgpn]m)", re.IGNORECASE)
# Files that operating systems leave in folders and archives. They hold no labels and need none.
LITTER = re.compile(r"(?:.*/)?(?:\.[^/].*|__MACOSX/.*|Thumbs\.db|desktop\.ini)", re.IGNORECASE)
# Files that people write about their data. They need no label.
NOTES = re.compile(r"(?:.*/)?(?:README|LICEN[CS]E|[^/]+\.(?:txt|md|rst))", re.IGNORECASE)
MAX_NAMES = 5  # names in a message


class FolderSource:
    """Labeled images in a directory or a .zip, in one of `LAYOUTS`.

    Args:
        path: the directory or .zip.
        validation_fraction: 0 to 1, the fraction of images for validation where the layout gives no split. The hash
            of the file name decides.
        test_fraction: likewise for test.
        max_unmatched_fraction: 0 to 1, the fraction of labels and images that may be skipped. At 1 nothing stops.

    Attributes:
        skipped: the files and labels that cannot become a sample.

    Raises:
        InkpipeError: there is no data, no layout fits or several do, a label file or the archive is faulty, or more
            is skipped than `max_unmatched_fraction`.
    """

    extra_columns = ()

    def __init__(
        self,
        path: Path,
        *,
        validation_fraction: float = 0.1,
        test_fraction: float = 0.1,
        max_unmatched_fraction: float = 1.0,
    ) -> None:
        self._path = path
        self._fractions = {"test": test_fraction, "validation": validation_fraction}
        self._files = open_files(path)
        self.skipped = Skipped()
        entries = [entry for entry in self._files.entries() if self._decodes(entry)]
        for name in self._files.unlisted():
            self.skipped.add(SkippedFile(None, decodable(name), UNREADABLE_FOLDER))
        self._layout = _find_layout(entries, self._files, path)
        tracked = track(entries, len(entries), "match labels", "file")
        rows = self._layout.rows(self._files.read)
        self._labeled, unlabeled = join(rows, tracked, self._layout.image, self._split_of, self.skipped)
        self._skip(unlabeled)
        self._check_unmatched(max_unmatched_fraction)

    def describe(self) -> dict[str, Any]:
        """The archive (name, bytes, sha256) or directory, the layout, and the skipped files by reason."""
        return {
            "source": "folder",
            **self._files.describe(),
            "layout": self._layout.name,
            "skipped": self.skipped.describe(),
        }

    def count(self, split: str) -> int:
        """The number of samples of a split; 0 if it is absent."""
        return len(self._labeled.get(split, ()))

    def samples(self, split: str) -> Iterator[Sample]:
        """Stream the samples of a split in the order of the files: of their names, or of their places in the archive.

        Args:
            split: `train`, `validation` or `test`.

        Raises:
            InkpipeError: the data has no such split, or a file cannot be read.
        """
        return (Sample(file.filename, file.label, self.read(file)) for file in self.labeled(split))

    def labeled(self, split: str) -> Sequence[LabeledFile]:
        """List the samples of a split as `samples` streams them, for a caller that reads each file itself.

        Args:
            split: `train`, `validation` or `test`.

        Raises:
            InkpipeError: the data has no such split.
        """
        if split not in self._labeled:
            present = ", ".join(name for name in SPLITS if name in self._labeled) or "none"
            raise InkpipeError(
                f"{self._path} has no split {split!r}. It has: {present}. {_not_entered(self._files)}Name one of those."
            )
        return self._labeled[split]

    def read(self, file: LabeledFile) -> bytes:
        """The bytes of an image.

        Raises:
            InkpipeError: the file cannot be read.
        """
        return self._files.read(file.entry)

    def _decodes(self, entry: Entry) -> bool:
        """Whether a file's name is text. No label names another file, so that is skipped."""
        if (name := decodable(entry.name)) == entry.name:
            return True
        if not _needless(name):
            self.skipped.add(SkippedFile(None, name, UNDECODABLE_NAME))
        return False

    def _split_of(self, row: LabelRow) -> str:
        return row.split or split_by_hash(row.filename, self._fractions)

    def _skip(self, unlabeled: Sequence[UnlabeledFile]) -> None:
        label_files = {entry.name for entry in self._layout.label_files}
        for entry, split in unlabeled:
            if entry.name not in label_files and not _needless(entry.name):
                reason = IMAGE_WITHOUT_LABEL if IMAGE.fullmatch(entry.name) else FILE_WITHOUT_LABEL
                self.skipped.add(SkippedFile(split, entry.name, reason))

    def _check_unmatched(self, max_fraction: float) -> None:
        counts = self.skipped.counts()
        unmatched = sum(counts[reason] for reason in UNMATCHED)
        fraction = unmatched / max(1, unmatched + sum(map(len, self._labeled.values())))
        if fraction <= max_fraction:
            return
        raise InkpipeError(
            f"{unmatched:,} labels or images cannot be matched, {fraction:.2%} of the data in {self._path}. "
            f"Tolerated: {max_fraction:.2%}.\n"
            + "".join(self._list(reason, counts[reason]) for reason in UNMATCHED if counts[reason])
            + _not_entered(self._files)
            + "Correct them, or raise data.folder.max_unmatched_fraction."
        )

    def _list(self, reason: str, count: int) -> str:
        names = ", ".join(map(str, self.skipped.first(reason)[:MAX_NAMES]))
        return f"  {reason}: {count:,} ({names}{', ...' if count > MAX_NAMES else ''})\n"


def split_by_hash(filename: str, fractions: Mapping[str, float]) -> str:
    """The split of a sample by the hash of its name. Other samples do not change it.

    Args:
        filename: the sample's name.
        fractions: split to fraction of all samples, 0 to 1; `train` gets the rest.

    Returns:
        One of the splits in `fractions`, or `train`.
    """
    place = int.from_bytes(hashlib.sha256(filename.encode()).digest()[:8]) / 2**64  # uniform in 0 to 1
    for split, fraction in fractions.items():
        if place < fraction:
            return split
        place -= fraction
    return "train"


def _needless(name: str) -> bool:
    """Whether a file holds no data by its name."""
    return bool(LITTER.fullmatch(name) or NOTES.fullmatch(name))


def _find_layout(entries: Sequence[Entry], files: Files, path: Path) -> Layout:
    tidy = [entry for entry in entries if not LITTER.fullmatch(entry.name)]
    layouts = [layout for kind in LAYOUTS if (layout := kind.find(tidy))]
    if not layouts:
        expected = " and no ".join(kind.expects for kind in LAYOUTS)
        content = " or ".join(kind.content for kind in LAYOUTS)
        raise InkpipeError(
            f"The data has no {expected}. Received: {path}. {_not_entered(files)}Add one, with {content}."
        )
    if len(layouts) > 1:
        label_files = [entry for layout in layouts for entry in layout.label_files]
        raise ambiguous(label_files, f"Keep those of one layout: {' or '.join(layout.expects for layout in layouts)}.")
    return layouts[0]


def _not_entered(files: Files) -> str:
    """Sentences on the directories that were not entered, since the missing files may lie in them."""
    return "".join(
        f"{what}: {', '.join(map(decodable, names[:MAX_NAMES]))}{', ...' if len(names) > MAX_NAMES else ''}. {advice}\n"
        for what, names, advice in (
            ("Links to directories are not followed", files.not_followed(), "Put the directories in their place."),
            ("Directories cannot be listed", files.unlisted(), "Correct their permissions."),
        )
        if names
    )
