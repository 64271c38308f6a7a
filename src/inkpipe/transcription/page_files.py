"""The lines of page scans that PAGE XML and ALTO files describe, as images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from itertools import chain

from inkpipe.cutting import page_size, plan_page
from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.serving.recognizer import EncodedImage
from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.image_index import ImageIndex
from inkpipe.sources.page_cutting import cut_lines, line_names
from inkpipe.sources.page_images import PageImages
from inkpipe.transcription.image_file import ImageFile, PageLine, TranscriptFile, unreadable
from inkpipe.transcripts import Page, parse_transcript, transcript_format
from inkpipe.transcripts.parse import HEAD_BYTES

SUFFIX = ".xml"
ADVICE = "Give the folder or zip that holds both."
OTHER_SHAPE = "The image of the page has another shape than its transcript says. Received: {}. Give the right image."
NO_PLACE = "The line cannot be cut from its page. Received: {}. Correct its outline in the transcript."


class PageFiles:
    """The transcripts among some files, and the images of their pages.

    Args:
        files: where they lie.
        entries: lists those that a transcript may be among, and images.
        above: lists further images, of the folder above: transcripts often lie in a folder of their own.
        named: makes of the name of an entry the one that people see.
        untranscribed: whether only lines without a text are wanted.

    Attributes:
        transcripts: by the names of their entries.
    """

    def __init__(
        self,
        files: Files,
        entries: Callable[[], Iterable[Entry]],
        above: Callable[[], Iterable[Entry]],
        named: Callable[[str], str],
        *,
        untranscribed: bool,
    ) -> None:
        self._files, self._untranscribed = files, untranscribed
        found = [entry for entry in entries() if entry.name.lower().endswith(SUFFIX) and self._is_transcript(entry)]
        self._entries = {entry.name: entry for entry in found}
        self.transcripts = {
            entry.name: TranscriptFile(named(entry.name), entry.name, partial(files.read, entry), files.path(entry))
            for entry in found
        }
        self._images = PageImages(ImageIndex(chain(entries(), above()) if found else ()), found)

    @cached_property
    def images(self) -> frozenset[str]:
        """The names of the images that belong to a page."""
        return frozenset(image.name for entry in self._entries.values() for image in self._images_of(entry))

    def lines(self, name: str) -> Iterator[ImageFile]:
        """The lines of a transcript, in the order of the file. Nothing is cut before the first of a page is read.

        Args:
            name: of its entry.

        Yields:
            An image for each line, or one that is unreadable for a transcript that is.
        """
        transcript, entry = self.transcripts[name], self._entries[name]
        try:
            pages = parse_transcript(transcript.read()).pages
        except InkpipeError as error:
            yield unreadable(transcript.name, str(error))
            return
        for number, page in enumerate(pages):
            scan = _Scan(self._files, page, self._images.image_of(page, entry, number, len(pages)))
            names = line_names(page)
            for _, line in page.lines():
                if not (self._untranscribed and line.text and line.text.strip()):
                    place = PageLine(transcript, line.place)
                    yield ImageFile(f"{transcript.name}/{names[line.place]}", partial(scan.line, line.place), place)

    def _is_transcript(self, entry: Entry) -> bool:
        try:
            with self._files.open(entry) as stream:
                return transcript_format(stream.read(HEAD_BYTES)) is not None
        except InkpipeError:
            return True  # so that its row says why it cannot be read

    def _images_of(self, entry: Entry) -> Iterator[Entry]:
        try:
            pages = parse_transcript(self._files.read(entry)).pages
        except InkpipeError:  # its row will say so
            return
        for number, page in enumerate(pages):
            if image := self._images.image_of(page, entry, number, len(pages)):
                yield image


class _Scan:
    """The scan of a page, cut into all its lines when the first one is needed.

    Args:
        files: where it lies.
        page: what its transcript says of it.
        image: its entry; None if there is none.
    """

    def __init__(self, files: Files, page: Page, image: Entry | None) -> None:
        self._files, self._page, self._image = files, page, image

    def line(self, place: int) -> EncodedImage:
        """The image of a line, or why there is none."""
        return self._lines if isinstance(self._lines, UnreadableImage) else self._lines[place]

    @cached_property
    def _lines(self) -> dict[int, EncodedImage] | UnreadableImage:
        if self._image is None:
            named = self._page.image_name or "no name of an image in the transcript"
            return UnreadableImage(f"The image of the page is not among the files. Received: {named}. {ADVICE}")
        try:
            with self._files.open(self._image) as stream:
                size = page_size(stream)
            plan = plan_page(self._page, size)
            if plan is None:
                shapes = f"{self._page.width:.0f} x {self._page.height:.0f}, the image has {size[0]} x {size[1]} pixels"
                return UnreadableImage(OTHER_SHAPE.format(shapes))
            images = cut_lines(self._files.read(self._image), plan.placed)
        except UnreadableImage as error:
            return error
        except InkpipeError as error:
            return UnreadableImage(str(error))
        lost = {line.place: UnreadableImage(NO_PLACE.format(reason)) for line, reason in plan.lost}
        return {**lost, **{each.line.place: image for each, image in zip(plan.placed, images, strict=True)}}
