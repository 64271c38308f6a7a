"""Labeled images of one's own: a directory or a .zip, in one of the layouts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from inkpipe.data.corpus import GROUP, NOT_TRANSCRIBED, SPLITS, Sample
from inkpipe.errors import InkpipeError
from inkpipe.output import decodable
from inkpipe.sources.archive import open_files
from inkpipe.sources.contents import describe_contents
from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.file_kinds import is_litter, needs_no_label
from inkpipe.sources.label_review import LabelReview
from inkpipe.sources.layouts import LAYOUTS, Layout, TranscribedLayout
from inkpipe.sources.listing import (
    MAY_SHARE_PAGE,
    UNDECODABLE_NAME,
    UNMATCHED,
    UNREADABLE_FOLDER,
    WITHOUT_GROUP,
    ListedFile,
    Listing,
)
from inkpipe.sources.page_cutting import PageTranscript
from inkpipe.sources.splitting import assign_splits, come_from_pages, find_groups, splits_by_hash
from inkpipe.sources.unit import Unit

MAX_NAMES = 5  # names in a message
OnUnreadable = Callable[[str, str], None]  # the name of a file, and why it cannot be read


class NoLayoutError(InkpipeError):
    """The data is in no layout that has labels."""


class FolderSource:
    """Labeled images in a directory or a .zip, in one of `LAYOUTS`.

    Args:
        path: the directory or .zip.
        layout: the name of the layout; None to find it.
        group_column: the column of the data of which no value may be in two splits; None for the first of
            `splitting.GROUP_COLUMNS` that there is.
        group_pattern: a regular expression that finds the group in the name of a file; None for none.
        validation_fraction: 0 to 1, the fraction of images for validation where the layout gives no split. The hash
            of the group decides, or of the file name where there is none.
        test_fraction: likewise for test.
        max_unmatched_fraction: 0 to 1, the fraction of labels that may be skipped. At 1 nothing stops.
        workers: where lines are cut out of pages, see `inkpipe.parallel.pool.map_in_order`; None for this process.
        untranscribed: whether images and lines without a text are samples too, whose label is None.

    Attributes:
        skipped: the files and labels that cannot become a sample.
        noticed: what a person should know of the samples. What shows in labels and images is added as they are
            streamed.
        by_hash: the splits whose size the fractions decide on, because the data does not name them.

    Raises:
        NoLayoutError: no layout fits.
        InkpipeError: there is no data, several layouts fit, a label file or the archive is faulty, or more
            is skipped than `max_unmatched_fraction`.
    """

    def __init__(
        self,
        path: Path,
        *,
        layout: str | None = None,
        group_column: str | None = None,
        group_pattern: str | None = None,
        validation_fraction: float = 0.1,
        test_fraction: float = 0.1,
        max_unmatched_fraction: float = 1.0,
        workers: str | None = None,
        untranscribed: bool = False,
    ) -> None:
        self._path, self._workers = path, workers
        self._files = open_files(path)
        self.skipped, self.noticed = Listing(), Listing()
        entries = [entry for entry in self._files.entries() if self._decodes(entry)]
        for name in self._files.unlisted():
            self.skipped.add(ListedFile(None, decodable(name), UNREADABLE_FOLDER))
        self._layout = _find_layout(entries, self._files, path, layout)
        units = self._layout.units(self._files, entries, self.skipped, self.noticed, untranscribed=untranscribed)
        self._groups = find_groups(units, self._layout.extra_columns(), group_column, group_pattern)
        self._notice_groups(units)
        self.by_hash = splits_by_hash(units, complete=self._layout.completes_splits)
        fractions = {"test": test_fraction, "validation": validation_fraction}
        self._units = assign_splits(units, self._groups, fractions, complete=self._layout.completes_splits)
        self._check_unmatched(max_unmatched_fraction)

    @property
    def extra_columns(self) -> Sequence[str]:
        """The column `group`, if groups are known, and the further columns of the data."""
        own = [name for name in self._layout.extra_columns() if name != GROUP or not self._groups]
        return (*([GROUP] if self._groups else []), *own)

    def describe(self) -> dict[str, Any]:
        """The archive (name, bytes, sha256) or directory, the layout, the groups, and skipped and noticed files."""
        groups = {"groups": {"by": self._groups.by, **self._group_counts()}} if self._groups else {}
        noticed = self.noticed.describe()
        return {
            "source": "folder",
            **self._files.describe(),
            "layout": self._layout.name,
            **groups,
            "skipped": self.skipped.describe(),
            **({"noticed": noticed} if noticed else {}),
        }

    def count(self, split: str) -> int:
        """The number of samples of a split; 0 if it is absent."""
        return sum(unit.size for unit in self._units.get(split, ()))

    def samples(self, split: str, on_unreadable: OnUnreadable | None = None) -> Iterator[Sample]:
        """Stream the samples of a split in the order of the files: of their names, or of their places in the archive.

        Args:
            split: `train`, `validation` or `test`.
            on_unreadable: told the name of each image file that cannot be read, and the reason; the others go on. None
                to stop at the first.

        Raises:
            InkpipeError: the data has no such split, or a file cannot be read.
        """
        if split not in self._units:
            present = ", ".join(name for name in SPLITS if name in self._units) or "none"
            raise InkpipeError(
                f"{self._path} has no split {split!r}. It has: {present}. {_not_entered(self._files)}Name one of those."
            )
        return self._stream(split, on_unreadable)

    def transcripts(self) -> Iterator[PageTranscript]:
        """The PAGE XML or ALTO files of the pages that the samples are cut from; none in other layouts."""
        if isinstance(self._layout, TranscribedLayout):
            for units in self._units.values():
                yield from self._layout.transcripts(self._files, units)

    def _decodes(self, entry: Entry) -> bool:
        """Whether a file's name is text. No label names another file, so that is skipped."""
        if (name := decodable(entry.name)) == entry.name:
            return True
        if not needs_no_label(name):
            self.skipped.add(ListedFile(None, name, UNDECODABLE_NAME))
        return False

    def _stream(self, split: str, on_unreadable: OnUnreadable | None) -> Iterator[Sample]:
        """The samples of a split with their groups and reviewed labels."""
        review = LabelReview(split, self.noticed)
        for unit, samples in self._layout.samples(self._files, self._units[split], self.noticed, self._workers):
            group = {GROUP: self._groups.of(unit)} if self._groups else {}
            for sample in _readable(unit, samples, on_unreadable):
                label = review.corrected(sample.filename, sample.label)
                kept = not group and label is sample.label
                yield sample if kept else sample._replace(label=label, extra={**sample.extra, **group})

    def _group_counts(self) -> dict[str, int]:
        groups = self._groups
        if groups is None:
            return {}
        return {split: len({groups.of(unit) for unit in units}) for split, units in self._units.items()}

    def _notice_groups(self, units: Sequence[Unit]) -> None:
        if self._groups is None:
            if self._layout.names_files and come_from_pages(unit.name for unit in units):
                for unit in units:
                    self.noticed.add(ListedFile(None, unit.name, MAY_SHARE_PAGE))
            return
        for unit in units:
            if not self._groups.of(unit):
                self.noticed.add(ListedFile(None, unit.name, WITHOUT_GROUP))

    def _check_unmatched(self, max_fraction: float) -> None:
        counts = self.skipped.counts()
        unmatched = sum(counts[reason] for reason in UNMATCHED)
        fraction = unmatched / max(1, unmatched + sum(map(self.count, self._units)))
        if fraction <= max_fraction:
            return
        raise InkpipeError(
            f"{unmatched:,} labels cannot be matched with an image, {fraction:.2%} of the data in {self._path}. "
            f"Tolerated: {max_fraction:.2%}.\n"
            + "".join(f"  {self.skipped.line(reason)}\n" for reason in (*UNMATCHED, *NOT_TRANSCRIBED) if counts[reason])
            + _not_entered(self._files)
            + "Correct them, or raise data.folder.max_unmatched_fraction."
        )


def _find_layout(entries: Sequence[Entry], files: Files, path: Path, name: str | None) -> Layout:
    tidy = [entry for entry in entries if not is_litter(entry.name)]
    kinds = [kind for kind in LAYOUTS if name in (None, kind.name)]
    layouts = [layout for kind in kinds if (layout := kind.find(tidy, files))]
    if not layouts:
        expected = "; ".join(f"{kind.expects} ({kind.content})" for kind in kinds)
        raise NoLayoutError(
            f"The data has no labels in {'this' if name else 'a known'} layout. "
            f"Received: {path} with {describe_contents(tidy, files)}. {_not_entered(files)}"
            f"Expected: {expected}. Add it, or correct names and columns; "
            "`inkpipe read` works on images without labels."
        )
    if len(layouts) > 1:
        found = "; ".join(
            f"{layout.name} ({len(layout.label_files):,} files such as {layout.label_files[0].name})"
            for layout in layouts
        )
        choices = " or ".join(f"-S data.folder.layout={layout.name}" for layout in layouts)
        raise InkpipeError(
            f"The data is in more than one layout. Received: {found}. Choose one: {choices}; "
            "`inkpipe inspect` and `inkpipe review` take it as --layout NAME."
        )
    return layouts[0]


def _readable(unit: Unit, samples: Iterable[Sample], on_unreadable: OnUnreadable | None) -> Iterable[Sample]:
    """The samples of a unit; none if its file cannot be read."""
    if on_unreadable is None:
        return samples
    try:
        return list(samples)
    except InkpipeError as error:
        on_unreadable(unit.name, str(error))
        return ()


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
