"""What PAGE XML and ALTO have in common as layouts: page scans, and beside each a file with the places of its lines.

    page_0001.jpg
    page/page_0001.xml      or alto/page_0001.xml, or beside the image

The image is the one that the file names, wherever it lies; else the one with the name of the file.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, NamedTuple

from inkpipe.cutting import PagePlan, page_size, plan_page
from inkpipe.data.corpus import Sample
from inkpipe.imaging import UnreadableImage
from inkpipe.parallel.pool import map_in_order
from inkpipe.progress import track
from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.file_kinds import list_unlabeled
from inkpipe.sources.image_index import ImageIndex
from inkpipe.sources.join import UnlabeledFile
from inkpipe.sources.listing import (
    LINE_WITHOUT_PLACE,
    LINE_WITHOUT_TEXT,
    PAGE_DAMAGED,
    PAGE_OF_OTHER_SHAPE,
    PAGE_REPEATED,
    PAGE_WITHOUT_IMAGE,
    UNREADABLE_TRANSCRIPT,
    ListedFile,
    Listing,
)
from inkpipe.sources.page_cutting import LINE, PAGE, REGION, PageTask, PageTranscript, cut_page, line_names, transcribed
from inkpipe.sources.page_images import PageImages
from inkpipe.sources.splitting import split_of_path
from inkpipe.sources.unit import Unit
from inkpipe.transcripts import BadTranscriptError, Page, parse_transcript, transcript_format
from inkpipe.transcripts.parse import HEAD_BYTES


class _Place(NamedTuple):
    """Where the lines of a page lie."""

    transcript: Entry
    number: int
    image: Entry
    size: tuple[int, int]
    untranscribed: bool


class TranscribedLayout:
    """Page scans with transcripts of one format. See `Layout`.

    Args:
        label_files: the transcripts.
        images: all images of the data.
    """

    name: ClassVar[str]  # and the format of the transcripts
    expects: ClassVar[str]
    content: ClassVar[str] = "the places and texts of the lines of page scans beside it"
    completes_splits: ClassVar[bool] = True
    names_files: ClassVar[bool] = True

    def __init__(self, label_files: Sequence[Entry], images: ImageIndex) -> None:
        self.label_files = tuple(label_files)
        self._images = images

    @classmethod
    def find(cls, entries: Sequence[Entry], files: Files) -> TranscribedLayout | None:
        """See `Layout.find`."""
        candidates = [entry for entry in entries if entry.name.lower().endswith(".xml")]
        found = [entry for entry in candidates if _format(entry, files) == cls.name]
        return cls(found, ImageIndex(entries)) if found else None

    def extra_columns(self) -> Sequence[str]:
        """See `Layout.extra_columns`."""
        return (PAGE, REGION, LINE)

    def units(
        self,
        files: Files,
        entries: Sequence[Entry],
        skipped: Listing,
        noticed: Listing,
        *,
        untranscribed: bool = False,
    ) -> list[Unit]:
        """See `Layout.units`. Each page with at least one line to cut is a unit."""
        units: list[Unit] = []
        taken: set[str] = set()
        images = PageImages(self._images, self.label_files)
        for entry in track(self.label_files, len(self.label_files), "read pages", "file"):
            for number, page, pages in _pages(entry, files, skipped):
                image = images.image_of(page, entry, number, pages)
                if image is None or image.name in taken:
                    reason = PAGE_WITHOUT_IMAGE if image is None else PAGE_REPEATED
                    skipped.add(ListedFile(None, entry.name, reason, detail=page.image_name or None))
                    continue
                taken.add(image.name)
                units += _units(page, (entry, number, image), files, skipped, noticed, untranscribed=untranscribed)
        names = {entry.name for entry in self.label_files}
        list_unlabeled((UnlabeledFile(each) for each in entries if each.name not in taken), names, skipped)
        return sorted(units, key=lambda unit: unit.place.image.place)

    def samples(
        self, files: Files, units: Sequence[Unit], noticed: Listing, workers: str | None
    ) -> Iterator[tuple[Unit, Iterable[Sample]]]:
        """See `Layout.samples`. A page is decoded once; few pages are in memory at a time."""
        tasks = (_task(unit, page, files) for unit, _, page in _described(units, files))
        # One page is cut sooner here than a worker process has started.
        parts = map(cut_page, tasks) if workers is None or len(units) == 1 else map_in_order(workers, cut_page, tasks)
        for unit, page in zip(units, parts, strict=True):
            if page.fault:
                noticed.add(ListedFile(None, unit.name, PAGE_DAMAGED, detail=page.fault))
            yield unit, page.samples

    def transcripts(self, files: Files, units: Sequence[Unit]) -> Iterator[PageTranscript]:
        """The files that describe some pages, so that texts can be written into them.

        Args:
            files: to read them.
            units: of those that `units` gave.

        Yields:
            A page with its file.
        """
        for unit, content, page in _described(units, files):
            places = {name: place for place, name in line_names(page).items()}
            yield PageTranscript(str(unit.extra[PAGE]), unit.place.transcript.name, content, places)


def _format(entry: Entry, files: Files) -> str | None:
    with files.open(entry) as stream:
        return transcript_format(stream.read(HEAD_BYTES))


def _pages(entry: Entry, files: Files, skipped: Listing) -> Iterator[tuple[int, Page, int]]:
    """The pages of a transcript: place in the file, page, number of pages."""
    try:
        pages = parse_transcript(files.read(entry)).pages
    except BadTranscriptError as error:
        skipped.add(ListedFile(None, entry.name, UNREADABLE_TRANSCRIPT, detail=str(error)))
        return
    for number, page in enumerate(pages):
        yield number, page, len(pages)


def _units(
    page: Page,
    place: tuple[Entry, int, Entry],
    files: Files,
    skipped: Listing,
    noticed: Listing,
    *,
    untranscribed: bool,
) -> Iterator[Unit]:
    """The page as a unit, if it has a line to cut. Its other lines are listed."""
    transcript, number, image = place
    try:
        with files.open(image) as stream:
            size = page_size(stream)
    except UnreadableImage as error:
        skipped.add(ListedFile(None, image.name, PAGE_WITHOUT_IMAGE, detail=str(error)))
        return
    plan = plan_page(page, size)
    if plan is None:
        detail = f"{page.width:.0f} x {page.height:.0f} in {transcript.name}, {size[0]} x {size[1]} pixels"
        skipped.add(ListedFile(None, image.name, PAGE_OF_OTHER_SHAPE, detail=detail))
        return
    name = posixpath.splitext(image.name)[0]
    names = (line_names if untranscribed else transcribed)(page)
    count = _list_lines(name, page, plan, names, skipped, noticed)
    if count:
        split = split_of_path(image.name) or split_of_path(transcript.name)
        yield Unit(image.name, count, split, {PAGE: name}, _Place(transcript, number, image, size, untranscribed))


def _list_lines(
    name: str, page: Page, plan: PagePlan, names: Mapping[int, str], skipped: Listing, noticed: Listing
) -> int:
    """List the lines that cannot be cut and what is unusual about the others; the number of those to cut."""
    for _, line in page.lines():
        if line.place not in names:
            skipped.add(ListedFile(None, f"{name}/{line.id}", LINE_WITHOUT_TEXT))
    for line, reason in plan.lost:
        if line.place in names:
            listed = f"{name}/{names[line.place]}"
            skipped.add(ListedFile(None, listed, LINE_WITHOUT_PLACE, line.text, detail=reason))
    for remark in plan.remarks:
        noticed.add(ListedFile(None, name, remark))
    placed = [each for each in plan.placed if each.line.place in names]
    for each in placed:
        for remark in each.remarks:
            noticed.add(ListedFile(None, f"{name}/{names[each.line.place]}", remark, each.line.text))
    return len(placed)


def _described(units: Sequence[Unit], files: Files) -> Iterator[tuple[Unit, bytes, Page]]:
    """Each page with the content of its file. A file of many pages is read once for pages that follow each other."""
    last, content = "", b""
    pages: Sequence[Page] = ()
    for unit in units:
        place: _Place = unit.place
        if place.transcript.name != last:
            content = files.read(place.transcript)
            last, pages = place.transcript.name, parse_transcript(content).pages
        yield unit, content, pages[place.number]


def _task(unit: Unit, page: Page, files: Files) -> PageTask:
    place: _Place = unit.place
    return PageTask(str(unit.extra[PAGE]), page, files.read(place.image), place.size, place.untranscribed)
