"""The images that the words of a command line name: files, folders, patterns, zips and a list on standard input."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from inkpipe.errors import InkpipeError
from inkpipe.files import special_file
from inkpipe.imaging import MAX_PIXELS, UnreadableImage
from inkpipe.serving.recognizer import EncodedImage

if TYPE_CHECKING:  # `inkpipe.sources` is slow to import, and single files need nothing of it
    from inkpipe.sources.archive import ZipFiles
    from inkpipe.sources.entries import Entry

STANDARD_INPUT = "-"
MAX_BYTES = 8 * MAX_PIXELS  # of a file: no image of that many pixels is larger, at four channels of 16 bits
ADVICE = "Give the path of an image file."


class ImageFile(NamedTuple):
    """An image that is not read yet.

    Attributes:
        name: its path as it was given, or below the folder or zip that was.
        read: gives its bytes, or the reason why there are none.
    """

    name: str
    read: Callable[[], EncodedImage]


class Inputs:
    """The images that some words name, in the order of the words; those of a folder in the order of their names.

    Iterating reads no image, and lists folders anew, so memory does not grow with their number.

    Args:
        words: paths of files, of folders (all images below, links to folders are not followed) and of zips, patterns
            such as `scans/*.png` or `**/*.jpg`, and `-` for standard input.
        read_list: gives the whole of standard input, a path in each line.

    Attributes:
        skipped: files of folders and zips that are no images by their names; counted by each iteration anew.
    """

    def __init__(self, words: Sequence[str], read_list: Callable[[], bytes]) -> None:
        given = ([word] if word != STANDARD_INPUT else _listed(read_list()) for word in words)
        self._words = list(chain.from_iterable(given))
        self._zips: dict[str, ZipFiles] = {}
        self.skipped = 0

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[ImageFile]:
        self.skipped = 0
        for word in self._words:
            yield from self._named(word)

    def _named(self, word: str) -> Iterator[ImageFile]:
        path = Path(word)
        # `os.path` takes a name that is too long for one of nothing, where `Path` raises
        if os.path.isdir(path):  # noqa: PTH112
            yield from self._in_folder(path)
        elif path.suffix.lower() == ".zip" and os.path.isfile(path):  # noqa: PTH113
            yield from self._in_zip(word)
        elif glob.has_magic(word) and not os.path.lexists(path):
            found = sorted(glob.glob(word, recursive=True))  # noqa: PTH207 - it takes absolute patterns too
            for name in found:
                yield from self._named(name)
            if not found:
                yield _unreadable(word, f"No file matches the pattern. {ADVICE}")
        else:
            yield ImageFile(word, partial(read_file, path))

    def _in_folder(self, folder: Path) -> Iterator[ImageFile]:
        errors: list[OSError] = []
        empty = True
        for place, subfolders, names in os.walk(folder, onerror=errors.append):
            subfolders.sort()
            for name in sorted(names):
                path = Path(place, name)
                if self._is_image(path.relative_to(folder).as_posix()):
                    empty = False
                    yield ImageFile(str(path), partial(read_file, path))
        for error in errors:
            yield _unreadable(str(error.filename), f"The folder cannot be listed: {error.strerror}. {ADVICE}")
        if empty and not errors:
            yield _unreadable(str(folder), f"No file of the folder is an image by its name. {ADVICE}")

    def _in_zip(self, word: str) -> Iterator[ImageFile]:
        from inkpipe.sources.archive import ZipFiles

        try:
            files = self._zips.get(word) or self._zips.setdefault(word, ZipFiles(Path(word)))
        except InkpipeError as error:
            yield _unreadable(word, str(error))
            return
        for entry in files.entries():
            if self._is_image(entry.name):
                yield ImageFile(f"{word}/{entry.name}", partial(_unpacked, files, entry))

    def _is_image(self, name: str) -> bool:
        """Whether a file is an image by its name. Others are counted, but those that operating systems leave."""
        from inkpipe.sources.file_kinds import is_image, is_litter

        if is_litter(name):
            return False
        self.skipped += not (image := is_image(name))
        return image


def read_file(path: Path) -> EncodedImage:
    """The bytes of a file; the reason if it has none. Reading a fifo or a device might never end.

    Args:
        path: of the file.
    """
    try:
        status = path.stat()
        if kind := special_file(status.st_mode):
            return UnreadableImage(f"Not a file. Received: a {kind}. {ADVICE}")
        if status.st_size > MAX_BYTES:
            return UnreadableImage(
                f"The file is too large for an image. Received: {status.st_size:,} bytes, more than {MAX_BYTES:,}. "
                f"{ADVICE}"
            )
        return path.read_bytes()
    except OSError as error:
        return UnreadableImage(f"{error.strerror}. {ADVICE}")


def _unpacked(files: ZipFiles, entry: Entry) -> EncodedImage:
    try:
        return files.read(entry)
    except InkpipeError as error:
        return UnreadableImage(str(error))


def _unreadable(name: str, reason: str) -> ImageFile:
    return ImageFile(name, lambda: UnreadableImage(reason))


def _listed(lines: bytes) -> list[str]:
    """The paths of a list; empty lines name nothing."""
    return [os.fsdecode(line) for line in lines.splitlines() if line]
