"""`inkpipe read`: recognize the text of images."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, tee
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from inkpipe.cli.common import open_recognizer, picture_rules
from inkpipe.errors import InkpipeError
from inkpipe.files import require_file_place, whole_file
from inkpipe.progress import track

if TYPE_CHECKING:
    from inkpipe.serving.recognizer import ImageRecognizer
    from inkpipe.transcription.image_file import ImageFile
    from inkpipe.transcription.inputs import Inputs
    from inkpipe.transcription.page_output import PageFolder
    from inkpipe.transcription.rows import Row

BAR = 200  # images from which on a progress bar is of use
Transcribe = Callable[[Iterable["ImageFile"]], Iterator["Row"]]


class View(NamedTuple):
    """Which rows are shown, and how.

    Attributes:
        format: of the output.
        top: texts of a row at most.
        lowest: confidence that is shown.
        highest: likewise.
        by: `confidence` or `per_character`: rows by rising confidence of the text or of its characters; None for the
            order of the images.
    """

    format: str
    top: int
    lowest: float
    highest: float
    by: str | None

    def of(self, rows: Iterable[Row]) -> Iterable[Row]:
        """The rows that are shown, in their order. A row without text is always shown, and sorted foremost."""
        shown = (row for row in rows if row.confidence is None or self.lowest <= row.confidence <= self.highest)
        if self.by is None:
            return shown
        by = self.by

        def certainty(row: Row) -> float:
            value: float | None = getattr(row, by)
            return -1 if value is None else value

        return sorted(shown, key=certainty)


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print a row for each image, or write it to a file.

    Returns:
        1 if an image could not be read, else 0.
    """
    view = _view(arguments)
    with open_recognizer(arguments.model, view.top if view.top > 1 else 0) as recognizer:
        from inkpipe.transcription.inputs import Inputs  # late: the recognizer starts meanwhile
        from inkpipe.transcription.rows import transcribe

        images = Inputs(arguments.images, _standard_input, untranscribed=arguments.untranscribed)
        rules, pages = picture_rules(), _page_folder(arguments.pages, images)
        counted = _Counted(lambda some: transcribe(recognizer, some, rules, view.top > 1))
        if arguments.out:
            _write(arguments.out, view, images, recognizer, counted, arguments.resume, pages)
        else:
            _print(view, images, counted, out, pages)
    counted.report(images)
    return 1 if counted.failed else 0


class _Counted:
    """Recognizes, and counts the images and those that could not be read."""

    def __init__(self, transcribe: Transcribe) -> None:
        self._transcribe = transcribe
        self.images = self.failed = 0

    def results(self, images: Iterable[ImageFile]) -> Iterator[tuple[ImageFile, Row]]:
        images, ahead = tee(images)
        for image, row in zip(images, self._transcribe(ahead), strict=True):
            self.add(row)
            yield image, row

    def add(self, row: Row) -> None:
        self.images += 1
        self.failed += row.error is not None

    def report(self, images: Inputs) -> None:
        if self.failed:
            _say(f"{self.failed:,} of {self.images:,} images could not be read; their rows say why.")
        if images.skipped:
            _say(f"{images.skipped:,} other file(s) of the folders and zips are no images by their names.")


def _standard_input() -> bytes:
    return sys.stdin.buffer.read()


def _page_folder(folder: Path | None, images: Inputs) -> PageFolder | None:
    if folder is None:
        return None
    from inkpipe.transcription.page_output import PageFolder

    return PageFolder(folder, images)


def _print(view: View, images: Inputs, counted: _Counted, out: TextIO, pages: PageFolder | None) -> None:
    from inkpipe.transcription.formats import FORMATS

    results = counted.results(_tracked(images, images, 0))
    rows = pages.write(results) if pages else (row for _, row in results)
    FORMATS[view.format](view.of(rows), out, view.top)


def _write(
    target: Path,
    view: View,
    images: Inputs,
    recognizer: ImageRecognizer,
    counted: _Counted,
    resume: bool,
    pages: PageFolder | None,
) -> None:
    from inkpipe.transcription.formats import write_file
    from inkpipe.transcription.journal import Journal

    journal = Journal(target, {"model": recognizer.digest, "top": view.top})
    done = journal.resume(images) if resume else journal.begin()
    for row in islice(journal.rows(), done):
        counted.add(row)
    results = counted.results(_tracked(images, islice(images, done, None), done))
    for _ in journal.append(row for _, row in results):
        pass
    if pages:
        for _ in pages.write(journal.paired(images)):
            pass
    with whole_file(target) as partial:
        write_file(view.of(journal.rows()), partial, view.format, view.top)
    journal.remove()


def _tracked(images: Inputs, rest: Iterable[ImageFile], done: int) -> Iterable[ImageFile]:
    """The rest of the images, while a bar counts them if they are many."""
    total = len(images) - done
    return track(rest, total, "recognizing images") if total >= BAR else rest


def _view(arguments: argparse.Namespace) -> View:
    from inkpipe.transcription.formats import PARQUET, SUFFIXES

    if arguments.top < 1:
        raise InkpipeError(f"--top is a number of texts. Received: {arguments.top}. Give 1 or more.")
    if not 0 <= arguments.min_confidence <= arguments.max_confidence <= 1:
        raise InkpipeError(
            "--min-confidence and --max-confidence are the limits of a range within 0 to 1. "
            f"Received: {arguments.min_confidence} and {arguments.max_confidence}."
        )
    chosen = arguments.format or (SUFFIXES.get(arguments.out.suffix.lower(), "text") if arguments.out else "text")
    if arguments.out is None and (chosen == PARQUET or arguments.resume):
        option = "--format parquet" if chosen == PARQUET else "--resume"
        raise InkpipeError(f"{option} is for a file. Received: no --out. Name the file with --out.")
    if arguments.out:
        require_file_place(arguments.out)
    limits = (arguments.min_confidence, arguments.max_confidence)
    return View(chosen, arguments.top, *limits, arguments.sort)


def _say(message: str) -> None:
    print(f"inkpipe read: {message}", file=sys.stderr)
