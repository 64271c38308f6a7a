"""An image that is not read yet: a file, or a line that is cut from the scan of a page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from inkpipe.files import special_file
from inkpipe.imaging import MAX_PIXELS, UnreadableImage
from inkpipe.serving.recognizer import EncodedImage

MAX_BYTES = 8 * MAX_PIXELS  # of a file: no image of that many pixels is larger, at four channels of 16 bits
ADVICE = "Give the path of an image file."


class TranscriptFile(NamedTuple):
    """A PAGE XML or ALTO file.

    Attributes:
        name: its path as it was given, or below the folder or zip that was.
        relative: its path below that folder or zip, or its name alone.
        read: gives its bytes; raises InkpipeError if it cannot be read.
        path: where it lies; None in a zip.
    """

    name: str
    relative: str
    read: Callable[[], bytes]
    path: Path | None


class PageLine(NamedTuple):
    """Where a line stands.

    Attributes:
        transcript: the file that describes its page.
        place: its place in that file, see `inkpipe.transcripts.Line.place`.
    """

    transcript: TranscriptFile
    place: int


class ImageFile(NamedTuple):
    """An image that is not read yet.

    Attributes:
        name: its path as it was given, or below the folder or zip that was; of a line, the transcript and its id there.
        read: gives its bytes, or the reason why there are none.
        line: where the line stands that the image shows; None for an image of its own.
    """

    name: str
    read: Callable[[], EncodedImage]
    line: PageLine | None = None


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


def unreadable(name: str, reason: str, line: PageLine | None = None) -> ImageFile:
    """An image that cannot be read, for a known reason."""
    return ImageFile(name, lambda: UnreadableImage(reason), line)
