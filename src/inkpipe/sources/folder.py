"""Labelled images of one's own: a directory or a .zip, in the Kaggle layout or the plain one."""

from __future__ import annotations

import hashlib
import posixpath
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from inkpipe.corpus import SPLITS, Sample
from inkpipe.errors import InkpipeError
from inkpipe.progress import track
from inkpipe.sources.archive import Entry, Files, open_files
from inkpipe.sources.labels import Row, read_labels
from inkpipe.sources.ledger import Ledger
from inkpipe.sources.set_aside import (
    CONTRADICTED,
    FILE_WITHOUT_LABEL,
    IMAGE_WITHOUT_LABEL,
    LABEL_WITHOUT_IMAGE,
    REPEATED,
    UNPAIRED,
    SetAside,
    Tally,
)

KAGGLE_LABELS = re.compile(rf"(?:.*/)?written_name_({'|'.join(SPLITS)})(?:_v\d+)?\.csv", re.IGNORECASE)
KAGGLE_IMAGE = re.compile(rf"(?:.*/)?({'|'.join(SPLITS)})(?:_v\d+)?/(.+)", re.IGNORECASE)
PLAIN_LABELS = re.compile(r"(?:.*/)?labels\.csv", re.IGNORECASE)
IMAGE = re.compile(r".+\.(jpe?g|jpe|jfif|jp2|png|bmp|dib|tiff?|webp|gif|hei[cf]|avif|p[bgpn]m)", re.IGNORECASE)
# What operating systems leave in folders and archives, and what people write about them.
LITTER = re.compile(
    r"(?:.*/)?(?:\.[^/].*|__MACOSX/.*|Thumbs\.db|desktop\.ini|README|LICEN[CS]E|[^/]+\.(?:txt|md|rst))", re.IGNORECASE
)
FIRST_OFFENDERS = 5


# Each with the split that all of it belongs to, null where its rows say.
_LabelFiles = list[tuple[Entry, str | None]]


class _Layout(NamedTuple):
    name: str
    files: int
    label_files: _LabelFiles
    label_key: Callable[[str, str], str]  # (split, filename of the label) -> what joins
    image_key: Callable[[str], str | None]  # (name of the file) -> what joins, null if it belongs to no split


class FolderSource:
    """Labelled images in a directory or a .zip.

    Kaggle layout: `written_name_{split}_v2.csv` with `FILENAME,IDENTITY`, images in `{split}_v2/{split}/`. Plain
    layout: `labels.csv` with `filename,label[,split]`, images relative to it. Either may lie below other folders.

    Args:
        path: the directory or .zip.
        validation_share, test_share: 0 to 1, split by hash of the file name where `labels.csv` has no split column.
        tolerated_orphans: 0 to 1, the share of labels and images that may be set aside. At 1 nothing stops.

    Attributes:
        set_aside: what cannot become a sample. Of labels for the same file the first counts, the others are set aside.

    Raises:
        InkpipeError: no data, neither layout or both, a faulty label file or archive, or more set aside than tolerated.
    """

    def __init__(
        self,
        path: Path,
        *,
        validation_share: float = 0.1,
        test_share: float = 0.1,
        tolerated_orphans: float = 1.0,
    ) -> None:
        self._path = path
        self._shares = {"test": test_share, "validation": validation_share}
        self._files = open_files(path)
        self._layout = _layout(self._files, path)
        self.set_aside = Tally()
        self._ledger = Ledger()
        self._enter_labels()
        self._match_images()
        self._counts = self._ledger.counts()
        self._check_tolerance(tolerated_orphans)

    def describe(self) -> dict[str, Any]:
        """The archive (name, bytes, sha256) or directory, the layout, and what was set aside, by reason."""
        return {
            "source": "folder",
            **self._files.describe(),
            "layout": self._layout.name,
            "set_aside": self.set_aside.describe(),
        }

    def count(self, split: str) -> int:
        """How many samples a split has, 0 if it is absent."""
        return self._counts.get(split, 0)

    def samples(self, split: str) -> Iterator[Sample]:
        """Stream the samples of a split in the order in which they lie in the archive, or of their names.

        Raises:
            InkpipeError: the data has no such split, or a file cannot be read.
        """
        if split not in self._counts:
            has = ", ".join(name for name in SPLITS if name in self._counts) or "none"
            raise InkpipeError(
                f"{self._path} has no split {split!r}. It has: {has}. {_links(self._files)}Name one of those."
            )
        return (Sample(name, label, self._files.read(entry)) for name, label, entry in self._ledger.matched(split))

    def _enter_labels(self) -> None:
        for entry, split_of_file in self._layout.label_files:
            for row in read_labels(self._files.read(entry), entry.name):
                split = split_of_file or self._split_of_row(row, entry.name)
                if reason := self._enter(row, split):
                    self.set_aside.add(SetAside(split, row.filename, reason, row.label, row.line))

    def _enter(self, row: Row, split: str) -> str | None:
        """Enter a row into the ledger, or say why not."""
        if not row.filename:
            return LABEL_WITHOUT_IMAGE
        key = self._layout.label_key(split, row.filename)
        if self._ledger.add(key, split, row.filename, row.label, row.line):
            return None
        return REPEATED if self._ledger.holds(key, row.label) else CONTRADICTED

    def _match_images(self) -> None:
        label_files = {entry.name for entry, _ in self._layout.label_files}
        for entry in track(self._files.entries(), self._layout.files, "match labels", "file"):
            key = self._layout.image_key(entry.name)
            matched = key is not None and self._ledger.match(key, entry)
            if not (matched or entry.name in label_files or LITTER.fullmatch(entry.name)):
                split = key.partition("/")[0] if key and self._layout.name == "kaggle" else None
                reason = IMAGE_WITHOUT_LABEL if IMAGE.fullmatch(entry.name) else FILE_WITHOUT_LABEL
                self.set_aside.add(SetAside(split, entry.name, reason))
        for split, filename, label, line in self._ledger.unmatched():
            self.set_aside.add(SetAside(split, filename, LABEL_WITHOUT_IMAGE, label, line))

    def _split_of_row(self, row: Row, file: str) -> str:
        if row.split is None:
            return self._split_by_hash(row.filename)
        if row.split not in SPLITS:
            raise InkpipeError(
                f"Line {row.line} of {file} names no split. Received: {row.split!r}. "
                f"Write {', '.join(SPLITS)}, or leave the column out and inkpipe splits by data.folder's shares."
            )
        return row.split

    def _split_by_hash(self, filename: str) -> str:
        draw = int.from_bytes(hashlib.sha256(filename.encode()).digest()[:8]) / 2**64
        for split, share in self._shares.items():
            if draw < share:
                return split
            draw -= share
        return "train"

    def _check_tolerance(self, tolerated: float) -> None:
        counts = self.set_aside.counts()
        aside = sum(counts[reason] for reason in UNPAIRED)
        share = aside / max(1, aside + sum(self._counts.values()))
        if share <= tolerated:
            return
        lines = [self._offenders(reason, counts[reason]) for reason in UNPAIRED if counts[reason]]
        raise InkpipeError(
            f"{aside:,} labels or images cannot be paired, {share:.2%} of the data in {self._path}, "
            f"tolerated are {tolerated:.2%}.\n"
            + "".join(lines)
            + _links(self._files)
            + "Correct them, or raise data.folder.tolerated_orphans."
        )

    def _offenders(self, reason: str, count: int) -> str:
        names = ", ".join(map(str, self.set_aside.first(reason)[:FIRST_OFFENDERS]))
        return f"  {reason}: {count:,} ({names}{', ...' if count > FIRST_OFFENDERS else ''})\n"


def _layout(files: Files, path: Path) -> _Layout:
    kaggle: _LabelFiles = []
    plain: _LabelFiles = []
    count = 0
    for entry in files.entries():
        count += 1
        if LITTER.fullmatch(entry.name):
            continue
        if found := KAGGLE_LABELS.fullmatch(entry.name):
            kaggle.append((entry, found[1].lower()))
        elif PLAIN_LABELS.fullmatch(entry.name):
            plain.append((entry, None))
    _check_label_files(kaggle, plain, files, path)
    if kaggle:
        return _Layout("kaggle", count, kaggle, _kaggle_label_key, _kaggle_image_key)
    base = posixpath.dirname(plain[0][0].name)
    return _Layout("plain", count, plain, lambda _, filename: _tidy(posixpath.join(base, filename)), _tidy)


def _check_label_files(kaggle: _LabelFiles, plain: _LabelFiles, files: Files, path: Path) -> None:
    if not plain and not kaggle:
        raise InkpipeError(
            "The data has no labels.csv and no written_name_{split}_v2.csv (split: train, validation, test). "
            f"Received: {path}. {_links(files)}Add one, with the columns filename,label[,split] or FILENAME,IDENTITY."
        )
    if len(plain) > 1 or (plain and kaggle) or len({split for _, split in kaggle}) < len(kaggle):
        names = ", ".join(entry.name for entry, _ in plain + kaggle)
        raise InkpipeError(
            f"More than one file could hold the labels. Received: {names} in {path}. "
            "Keep one labels.csv, or one written_name_{split}_v2.csv a split."
        )


def _links(files: Files) -> str:
    """What to say of links, through which the missing files may be reached."""
    links = files.not_followed()
    if not links:
        return ""
    more = ", ..." if len(links) > FIRST_OFFENDERS else ""
    return (
        f"Links to directories are not followed: {', '.join(links[:FIRST_OFFENDERS])}{more}. "
        "Put the directories themselves in their place.\n"
    )


def _kaggle_label_key(split: str, filename: str) -> str:
    return f"{split}/{_tidy(filename)}"


def _kaggle_image_key(name: str) -> str | None:
    found = KAGGLE_IMAGE.fullmatch(name)
    return f"{found[1].lower()}/{_tidy(found[2])}" if found else None


def _tidy(name: str) -> str:
    # Windows writes backslashes, macOS decomposed accents; spreadsheets keep what people typed.
    return posixpath.normpath(unicodedata.normalize("NFC", name.replace("\\", "/")))
