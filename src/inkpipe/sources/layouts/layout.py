"""The interface of a layout: how labels and images lie in a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, Protocol

from inkpipe.data.corpus import Sample
from inkpipe.errors import InkpipeError
from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.listing import Listing
from inkpipe.sources.unit import Unit

MAX_NAMES = 5  # names in a message


class Layout(Protocol):
    """Labeled images in one arrangement of files.

    Attributes:
        name: stands in source.json, and chooses the layout in `data.folder.layout`.
        expects: the names of its label files, for messages.
        content: the content of its label files, for messages.
        completes_splits: whether splits that the data does not name are taken from its training samples.
        names_files: whether samples have the names of files, which people gave; else the layout numbers them.
    """

    name: ClassVar[str]
    expects: ClassVar[str]
    content: ClassVar[str]
    completes_splits: ClassVar[bool]
    names_files: ClassVar[bool]

    @property
    def label_files(self) -> Sequence[Entry]:
        """The layout's label files among the entries."""
        ...

    @classmethod
    def find(cls, entries: Sequence[Entry], files: Files) -> Layout | None:
        """Find the layout, by the names of the files and by what stands in them where names do not tell.

        Args:
            entries: all files of the data, without those that operating systems leave.
            files: to read them.

        Returns:
            The layout, or None if the data is in another one.

        Raises:
            InkpipeError: several files could hold the same labels.
        """
        ...

    def units(
        self,
        files: Files,
        entries: Sequence[Entry],
        skipped: Listing,
        noticed: Listing,
        *,
        untranscribed: bool = False,
    ) -> list[Unit]:
        """List the samples, in the order in which they are read.

        Args:
            files: to read label files.
            entries: all files of the data.
            skipped: gets the labels and files that cannot become a sample.
            noticed: gets what a person should know of the samples.
            untranscribed: whether images and lines without a text are samples too; else they are skipped.

        Raises:
            InkpipeError: a label file is faulty.
        """
        ...

    def extra_columns(self) -> Sequence[str]:
        """The further columns that its samples have; known after `units`."""
        ...

    def samples(
        self, files: Files, units: Sequence[Unit], noticed: Listing, workers: str | None
    ) -> Iterator[tuple[Unit, Iterable[Sample]]]:
        """Stream the samples of some units, in their order.

        Args:
            files: to read images.
            units: of those that `units` gave, in their order.
            noticed: gets what a person should know of the samples.
            workers: where images are made, see `inkpipe.parallel.pool.map_in_order`; None for this process. The samples
                do not depend on it.

        Yields:
            Each unit with its samples, which have the further columns in `Sample.extra`.

        Raises:
            InkpipeError: a file cannot be read.
        """
        ...


def ambiguous(label_files: Sequence[Entry], remedy: str) -> InkpipeError:
    """The error for several files that could hold the same labels.

    Args:
        label_files: those files.
        remedy: what to do.
    """
    names = ", ".join(entry.name for entry in label_files[:MAX_NAMES])
    more = ", ..." if len(label_files) > MAX_NAMES else ""
    return InkpipeError(f"More than one file could hold the labels. Received: {names}{more}. {remedy}")
