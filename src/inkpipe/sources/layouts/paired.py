"""What layouts of label files have in common: a label belongs to one image file, and both are joined by a key."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from inkpipe.data.corpus import Sample
from inkpipe.progress import track
from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.file_kinds import is_untranscribed, list_unlabeled
from inkpipe.sources.join import NO_EXTRA, ImageKey, LabelRow, join
from inkpipe.sources.listing import IMAGE_VARIANT, ListedFile, Listing
from inkpipe.sources.unit import Unit


class PairedLayout:
    """A layout that gives labels with the key of their image, and a key for each file. See `Layout`."""

    name: ClassVar[str]
    expects: ClassVar[str]
    content: ClassVar[str]
    completes_splits: ClassVar[bool] = False
    names_files: ClassVar[bool] = True

    def __init__(self, label_files: Sequence[Entry]) -> None:
        self.label_files = tuple(label_files)
        self._columns: dict[str, None] = {}

    @abstractmethod
    def rows(self, files: Files, skipped: Listing, noticed: Listing) -> Iterator[LabelRow]:
        """Stream the labels.

        Args:
            files: to read label files.
            skipped: gets the rows that are no labels.
            noticed: gets what a person should know of the labels.

        Raises:
            InkpipeError: a label file is faulty.
        """

    @abstractmethod
    def image(self, name: str) -> ImageKey | None:
        """The key by which a file joins a label.

        Args:
            name: of any file of the data.

        Returns:
            The key, or None if a file in that place is no image of this layout.
        """

    def is_variant(self, name: str) -> bool:
        """Whether a file shows the same as another one that counts for both.

        Args:
            name: of a file that no label names.
        """
        return False

    def extra_columns(self) -> Sequence[str]:
        """See `Layout.extra_columns`."""
        return tuple(self._columns)

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
        tracked = track(entries, len(entries), "match labels", "file")
        labeled, unlabeled = join(self._rows(files, skipped, noticed), tracked, self.image, skipped)
        variants = [each for each in unlabeled if self.is_variant(each.entry.name)]
        unlabeled = [each for each in unlabeled if not self.is_variant(each.entry.name)]
        for entry, split in variants:
            skipped.add(ListedFile(split, entry.name, IMAGE_VARIANT))
        units = [Unit(row.filename, 1, row.split, row.extra, (entry, row.label)) for row, entry in labeled]
        if untranscribed:
            waiting = [each for each in unlabeled if is_untranscribed(each.entry.name)]
            units += [Unit(entry.name, 1, split, NO_EXTRA, (entry, None)) for entry, split in waiting]
            units.sort(key=lambda unit: unit.place[0].place)
            unlabeled = [each for each in unlabeled if not is_untranscribed(each.entry.name)]
        list_unlabeled(unlabeled, {entry.name for entry in self.label_files}, skipped)
        return units

    def samples(
        self, files: Files, units: Sequence[Unit], noticed: Listing, workers: str | None
    ) -> Iterator[tuple[Unit, Iterable[Sample]]]:
        """See `Layout.samples`."""
        for unit in units:
            yield unit, _sample(files, unit)

    def _rows(self, files: Files, skipped: Listing, noticed: Listing) -> Iterator[LabelRow]:
        for row in self.rows(files, skipped, noticed):
            self._columns.update(dict.fromkeys(row.extra))
            yield row


def _sample(files: Files, unit: Unit) -> Iterator[Sample]:
    """The only sample of a unit. A file that cannot be read stops whoever asks for it, and not all units."""
    entry, label = unit.place
    yield Sample(unit.name, label, files.read(entry), unit.extra)
