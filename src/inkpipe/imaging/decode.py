"""Decode images to gray pixels. Damaged, empty and absurdly large images end in one clear error."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from inkpipe.imaging.gray import UnreadableImage, gray
from inkpipe.imaging.imdecode import decode_with_opencv
from inkpipe.imaging.opencv import cv2

MAX_PIXELS = 50_000_000  # an A4 page at 600 dpi has 35 million; a file that claims more is a mistake or an attack
# Formats of scanners and cameras. Of Pillow's other readers some have faults, and that of PostScript runs a program.
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP", "PPM", "JPEG2000")
MAX_SCANS = 100  # of a JPEG; encoders write 1 to 20. Each takes 10 ns a pixel in 75 bytes, so a small file takes hours
MIN_HALVED_HEIGHT = 40  # rows; a smaller image at half its size would no longer tell one line of text from another
# Exceptions of Pillow's readers on damaged files. They are not documented; these are all that came in tests.
DAMAGE = (
    OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, ArithmeticError, AttributeError, AssertionError,
    RuntimeError, MemoryError, struct.error, zlib.error, cv2.error,
)  # fmt: skip
_ADVICE = "Give a JPEG, PNG, TIFF or BMP of one line of handwriting."
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # starts of files; the last two are BigTIFF
# Parts of a JPEG file:
_START, _SCAN, _END = b"\xff\xd8\xff", b"\xff\xda", b"\xff\xd9"
_EXIF = 0xE1  # marker
_PLAIN_FRAMES = (0xC0, 0xC1, 0xC2)  # markers: baseline, extended and progressive
_LENGTH, _FRAME = struct.Struct(">H"), struct.Struct(">HHB")  # of a segment; height, width, channels


def decode(data: bytes) -> np.ndarray:
    """Decode an image to gray.

    The size in the header is checked before any pixel is decoded. Transparent parts become white, the EXIF orientation
    is applied, and of an animation or a multi-page file the first page is taken.

    Args:
        data: an encoded image in one of `FORMATS`.

    Returns:
        uint8 (height, width), 0 black to 255 white.

    Raises:
        UnreadableImage: no bytes, not an image, cut off or damaged, or more than `MAX_PIXELS`.
    """
    if not data:
        raise UnreadableImage(f"The image is empty. Received: 0 bytes. {_ADVICE}")
    if _plain_jpeg_size(data) and (image := decode_with_opencv(data, cv2.IMREAD_GRAYSCALE)) is not None:
        return image
    return _decode_with_pillow(data)


def encoded_size(data: bytes) -> tuple[int, int]:
    """Read the size of an image from its header, without decoding a pixel.

    Args:
        data: an encoded image in one of `FORMATS`.

    Returns:
        Height and width in pixels, before the EXIF orientation is applied.

    Raises:
        UnreadableImage: as `decode` does, but for damage after the header.
    """
    if size := _plain_jpeg_size(data):
        return size
    with _opened(data) as image:
        return image.height, image.width


class ReducedImage(NamedTuple):
    """A decoded image, possibly at half its size.

    Attributes:
        height: of the original, pixels.
        width: of the original, pixels.
        image: uint8, (height, width) or half of both, rounded up.
    """

    height: int
    width: int
    image: np.ndarray


def decode_reduced(data: bytes) -> ReducedImage:
    """Decode an image to gray, at half its size if it has at least `MIN_HALVED_HEIGHT` rows.

    OpenCV decodes a JPEG at half its size faster than at full size.

    Args:
        data: an encoded image in one of `FORMATS`.

    Returns:
        The image, and the size of the original.

    Raises:
        UnreadableImage: as `decode` does.
    """
    if size := _plain_jpeg_size(data):
        mode = cv2.IMREAD_REDUCED_GRAYSCALE_2 if size[0] >= MIN_HALVED_HEIGHT else cv2.IMREAD_GRAYSCALE
        if (reduced := decode_with_opencv(data, mode)) is not None:
            return ReducedImage(*size, reduced)
    image = decode(data)
    height, width = image.shape
    if height >= MIN_HALVED_HEIGHT:
        even = cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        image = cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return ReducedImage(height, width, image)


def _plain_jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Height and width of a complete JPEG, gray or color, without EXIF; None for anything else.

    OpenCV decodes such a file to the same pixels as Pillow, in a third of the time.
    """
    if not (data.startswith(_START) and data.endswith(_END)) or data.count(_SCAN) > MAX_SCANS:
        return None
    position, last = 2, len(data) - 10
    while position <= last and data[position] == 0xFF and (marker := data[position + 1]) != _EXIF:
        if marker in _PLAIN_FRAMES:
            height, width, channels = _FRAME.unpack_from(data, position + 5)
            return (height, width) if channels in (1, 3) and 0 < height * width <= MAX_PIXELS else None
        position += 2 + _LENGTH.unpack_from(data, position + 2)[0]
    return None


def _decode_with_pillow(data: bytes) -> np.ndarray:
    """The pixels of an image in any of `FORMATS`; `UnreadableImage` says what is wrong."""
    with _opened(data) as image:
        image.draft("L", None)  # a color JPEG then gives its luma directly, as OpenCV does
        return gray(image, data)


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """An image whose pixels are not decoded yet; `UnreadableImage` for whatever fails until the block ends."""
    if data.startswith(_START) and (scans := data.count(_SCAN)) > MAX_SCANS:
        raise UnreadableImage(
            f"The JPEG takes too long to decode. Received: {scans:,} scans, more than {MAX_SCANS}. {_ADVICE}"
        )
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image)
            yield image
    except UnidentifiedImageError as error:
        if data.startswith(_TIFF):
            raise UnreadableImage(
                f"The TIFF is damaged, or of a kind that is not decoded. Received: {len(data)} bytes. "
                "Save it as gray or RGB with 8 or 16 bits a sample, unsigned."
            ) from error
        raise UnreadableImage(
            f"Not an image. Received: {len(data)} bytes that start {data[:8]!r}. {_ADVICE}"
        ) from error
    except Image.DecompressionBombError as error:
        raise UnreadableImage(f"The image is absurdly large. Received: {error} {_ADVICE}") from error
    except DAMAGE as error:
        raise UnreadableImage(f"The image is damaged. Received: {len(data)} bytes, {error}. {_ADVICE}") from error


def _check_size(image: Image.Image) -> None:
    """Refuse an image whose header claims too many pixels."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise UnreadableImage(
            f"The image is absurdly large. Received: {width} x {height}, more than {MAX_PIXELS} pixels. {_ADVICE}"
        )
