"""The images that the words of a command line name: files, folders, patterns, zips and a list on standard input."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.serving.recognizer import EncodedImage
from inkpipe.transcription.image_file import ADVICE, ImageFile, TranscriptFile, read_file, unreadable

if TYPE_CHECKING:  # `inkpipe.sources` is slow to import, and single files need nothing of it
    from inkpipe.sources.archive import ZipFiles
    from inkpipe.sources.entries import Entry, Files
    from inkpipe.transcription.page_files import PageFiles

STANDARD_INPUT = "-"


class Inputs:
    """The images that some words name, in the order of the words; those of a folder in the order of their names.

    Of a page scan with a PAGE XML or ALTO file, each line is an image; they stand in the place of that file.

    Iterating reads no image, and lists folders anew, so memory does not grow with their number.

    Args:
        words: paths of files, of folders (all images below, links to folders are not followed) and of zips, patterns
            such as `scans/*.png` or `**/*.jpg`, and `-` for standard input.
        read_list: gives the whole of standard input, a path in each line.
        untranscribed: whether of pages only lines without a text are wanted.

    Attributes:
        skipped: files of folders and zips that are no images by their names; counted by each iteration anew.
        transcripts: the PAGE XML and ALTO files that an iteration came across, by their names.
    """

    def __init__(self, words: Sequence[str], read_list: Callable[[], bytes], *, untranscribed: bool = False) -> None:
        given = ([word] if word != STANDARD_INPUT else _listed(read_list()) for word in words)
        self._words = list(chain.from_iterable(given))
        self._untranscribed = untranscribed
        self._zips: dict[str, ZipFiles] = {}
        self._pages: dict[str, PageFiles] = {}
        self.skipped = 0
        self.transcripts: dict[str, TranscriptFile] = {}

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[ImageFile]:
        self.skipped = 0
        for word in self._words:
            yield from self._named(word)

    @property
    def folders(self) -> Sequence[Path]:
        """The folders among the words."""
        return [Path(word) for word in self._words if os.path.isdir(word)]  # noqa: PTH112

    @property
    def absent(self) -> Sequence[str]:
        """The words that name nothing: neither a path nor a pattern of some."""
        return [word for word in self._words if not glob.glob(word, recursive=True) and not os.path.lexists(word)]  # noqa: PTH207

    def _named(self, word: str) -> Iterator[ImageFile]:
        path = Path(word)
        # `os.path` takes a name that is too long for one of nothing, where `Path` raises
        if os.path.isdir(path):  # noqa: PTH112
            yield from self._in_folder(path)
        elif path.suffix.lower() == ".zip" and os.path.isfile(path):  # noqa: PTH113
            yield from self._in_zip(word)
        elif path.suffix.lower() == ".xml" and os.path.isfile(path):  # noqa: PTH113
            yield from self._beside(path)
        elif glob.has_magic(word) and not os.path.lexists(path):
            found = sorted(glob.glob(word, recursive=True))  # noqa: PTH207 - it takes absolute patterns too
            folders: set[Path] = set()
            for name in found:  # a folder before what is in it
                if not _is_given(Path(name), folders):
                    yield from self._named(name)
                if os.path.isdir(name):  # noqa: PTH112
                    folders.add(Path(name))
            if not found:
                yield unreadable(word, f"No file matches the pattern. {ADVICE}")
        else:
            yield ImageFile(word, partial(read_file, path))

    def _in_folder(self, folder: Path) -> Iterator[ImageFile]:
        from inkpipe.sources.directory import DirectoryFiles

        files = DirectoryFiles(folder)
        pages = self._pages_of(
            str(folder), files, files.entries, partial(_listed_in, folder, "../"), lambda name: str(folder / name)
        )
        errors: list[OSError] = []
        empty = not pages.transcripts
        for place, subfolders, names in os.walk(folder, onerror=errors.append):
            subfolders.sort()
            for name in sorted(names):
                path = Path(place, name)
                relative = path.relative_to(folder).as_posix()
                if relative in pages.transcripts:
                    yield from self._lines(pages, relative)
                elif self._is_image(relative, pages):
                    empty = False
                    yield ImageFile(str(path), partial(read_file, path))
        for error in errors:
            yield unreadable(str(error.filename), f"The folder cannot be listed: {error.strerror}. {ADVICE}")
        if empty and not errors:
            yield unreadable(str(folder), f"No file of the folder is an image by its name. {ADVICE}")

    def _in_zip(self, word: str) -> Iterator[ImageFile]:
        from inkpipe.sources.archive import ZipFiles

        try:
            files = self._zips.get(word) or self._zips.setdefault(word, ZipFiles(Path(word)))
        except InkpipeError as error:
            yield unreadable(word, str(error))
            return
        pages = self._pages_of(word, files, files.entries, tuple, lambda name: f"{word}/{name}")
        for entry in files.entries():
            if entry.name in pages.transcripts:
                yield from self._lines(pages, entry.name)
            elif self._is_image(entry.name, pages):
                yield ImageFile(f"{word}/{entry.name}", partial(_unpacked, files, entry))

    def _beside(self, path: Path) -> Iterator[ImageFile]:
        """The lines of one transcript, whose images lie beside it or in the folder above."""
        from inkpipe.sources.directory import DirectoryFiles

        folder = path.parent
        entries, above = (partial(_listed_in, folder, place) for place in ("", "../"))
        pages = self._pages_of(f"{folder}/", DirectoryFiles(folder), entries, above, lambda name: str(folder / name))
        if path.name in pages.transcripts:
            yield from self._lines(pages, path.name)
        else:
            yield ImageFile(str(path), partial(read_file, path))

    def _pages_of(
        self,
        key: str,
        files: Files,
        entries: Callable[[], Iterable[Entry]],
        above: Callable[[], Iterable[Entry]],
        named: Callable[[str], str],
    ) -> PageFiles:
        """The transcripts among some files. They are looked for once."""
        from inkpipe.transcription.page_files import PageFiles

        if key not in self._pages:
            self._pages[key] = PageFiles(files, entries, above, named, untranscribed=self._untranscribed)
        return self._pages[key]

    def _lines(self, pages: PageFiles, name: str) -> Iterator[ImageFile]:
        transcript = pages.transcripts[name]
        self.transcripts[transcript.name] = transcript
        return pages.lines(name)

    def _is_image(self, name: str, pages: PageFiles) -> bool:
        """Whether a file is an image by its name, and not the scan of a page that a transcript describes.

        Others are counted, but those that operating systems leave.
        """
        from inkpipe.sources.file_kinds import is_image, is_litter

        if is_litter(name) or name in pages.images:
            return False
        self.skipped += not (image := is_image(name))
        return image


def _unpacked(files: ZipFiles, entry: Entry) -> EncodedImage:
    try:
        return files.read(entry)
    except InkpipeError as error:
        return UnreadableImage(str(error))


def _listed_in(folder: Path, place: str) -> Iterator[Entry]:
    """The files of one folder, without those below it; none if it cannot be listed.

    Args:
        folder: that the names are relative to.
        place: empty for that folder itself, or `../` for the one above.
    """
    from inkpipe.sources.entries import Entry

    _, _, names = next(os.walk(folder / place), ("", [], []))
    return (Entry(f"{place}{name}", 0) for name in sorted(names))


def _listed(lines: bytes) -> list[str]:
    """The paths of a list; empty lines name nothing."""
    return [os.fsdecode(line) for line in lines.splitlines() if line]


def _is_given(path: Path, folders: Collection[Path]) -> bool:
    """Whether a matched path comes with one of the folders above it, which give neither zips nor linked folders."""
    if os.path.isfile(path):  # noqa: PTH113
        if path.suffix.lower() == ".zip":
            return False
    elif path.is_symlink():
        return False
    for parent in path.parents:
        if parent in folders:
            return True
        if parent.is_symlink():
            return False
    return False
