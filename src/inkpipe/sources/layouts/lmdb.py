"""The layout of LMDB, as the deep-text-recognition-benchmark makes it (J. Baek et al., ICCV 2019).

    training/data.mdb       num-samples, image-000000001, label-000000001 and so on
    validation/data.mdb

The names of folders give the splits. It needs the extra `lmdb`, and a directory: LMDB maps its files into memory.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any, ClassVar

from inkpipe.data.corpus import Sample
from inkpipe.errors import InkpipeError
from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.file_kinds import list_unlabeled
from inkpipe.sources.join import NO_EXTRA, UnlabeledFile
from inkpipe.sources.listing import LABEL_WITHOUT_IMAGE, ListedFile, Listing
from inkpipe.sources.splitting import split_of_path
from inkpipe.sources.unit import Unit

DATA, LOCK = "data.mdb", "lock.mdb"


class LmdbLayout:
    """See the module, and `Layout`.

    Args:
        label_files: the `data.mdb` of each database.
    """

    name: ClassVar[str] = "lmdb"
    expects: ClassVar[str] = "LMDB data.mdb"
    content: ClassVar[str] = "the keys num-samples, image-000000001 and label-000000001"
    completes_splits: ClassVar[bool] = True
    names_files: ClassVar[bool] = False

    def __init__(self, label_files: Sequence[Entry]) -> None:
        self.label_files = tuple(label_files)

    @classmethod
    def find(cls, entries: Sequence[Entry], files: Files) -> LmdbLayout | None:
        """See `Layout.find`."""
        found = [entry for entry in entries if posixpath.basename(entry.name) == DATA]
        return cls(found) if found else None

    def extra_columns(self) -> Sequence[str]:
        """See `Layout.extra_columns`."""
        return ()

    def units(
        self,
        files: Files,
        entries: Sequence[Entry],
        skipped: Listing,
        noticed: Listing,
        *,
        untranscribed: bool = False,
    ) -> list[Unit]:
        """See `Layout.units`."""
        units = [unit for entry in self.label_files for unit in _units(entry, files, skipped)]
        names = {entry.name for entry in self.label_files} | {e.name for e in entries if e.name.endswith(LOCK)}
        list_unlabeled((UnlabeledFile(entry) for entry in entries), names, skipped)
        return units

    def samples(
        self, files: Files, units: Sequence[Unit], noticed: Listing, workers: str | None
    ) -> Iterator[tuple[Unit, Iterable[Sample]]]:
        """See `Layout.samples`."""
        for entry, group in groupby(units, key=lambda unit: unit.place[0]):
            with _opened(entry, files) as database:
                for unit in group:
                    _, number, label = unit.place
                    yield unit, [Sample(unit.name, label, bytes(database.get(_key("image", number))), unit.extra)]


def _units(entry: Entry, files: Files, skipped: Listing) -> Iterator[Unit]:
    folder = posixpath.dirname(entry.name)
    split = split_of_path(entry.name)
    with _opened(entry, files) as database:
        count = database.get(b"num-samples")
        if count is None or not count.isdigit():
            raise InkpipeError(f"{entry.name} has no key num-samples. Received: {count!r}. {LmdbLayout.content}.")
        for number in range(1, int(count) + 1):
            content = database.get(_key("label", number))
            label = None if content is None else content.decode("utf-8", errors="replace")
            name = posixpath.join(folder, f"{number:09d}")
            if database.get(_key("image", number)) is None:
                skipped.add(ListedFile(split, name, LABEL_WITHOUT_IMAGE, label))
            else:
                yield Unit(name, 1, split, NO_EXTRA, (entry, number, label if label and label.strip() else None))


def _key(kind: str, number: int) -> bytes:
    return f"{kind}-{number:09d}".encode()


@contextmanager
def _opened(entry: Entry, files: Files) -> Iterator[Any]:
    """A database, to read only."""
    try:
        import lmdb
    except ImportError as error:
        raise InkpipeError(f"{entry.name} needs the extra lmdb: `.venv/bin/uv sync --extra lmdb --inexact`.") from error
    path = files.path(entry)
    if path is None:
        raise InkpipeError(f"LMDB cannot be read within an archive. Received: {entry.name}. Unpack the archive.")
    try:
        folder = str(path.parent)
        with lmdb.open(folder, readonly=True, lock=False, create=False) as environment, environment.begin() as reading:
            yield reading
    except lmdb.Error as error:
        raise InkpipeError(f"{path} is no readable LMDB. Received: {error}. Fetch it again.") from error
