"""Encoded bytes to grey pixels, safely: damaged, empty and absurdly large images end in one clear error."""

from __future__ import annotations

import io
import struct
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from inkpipe.errors import InkpipeError

MAX_PIXELS = 50_000_000  # a page of A4 at 600 dpi has 35 million; what claims more is a mistake or an attack
# What scans come in. Pillow reads more, some of it with faults, and PostScript by running a program on it.
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP", "PPM", "JPEG2000")
_START, _END = b"\xff\xd8\xff", b"\xff\xd9"
_EXIF = 0xE1
_PLAIN_FRAMES = (0xC0, 0xC1, 0xC2)  # baseline, extended and progressive
_LENGTH, _FRAME = struct.Struct(">H"), struct.Struct(">HHB")
HALVED_FROM = 40  # rows: below it, halving would cost what tells a small copy's line from another
_ADVICE = "Give a JPEG, PNG, TIFF or BMP of one line of handwriting."


class UnreadableImage(InkpipeError):  # noqa: N818 - says what it is, as InkpipeError's name cannot
    """Bytes that are no image that a reader can be given; the message says why."""


def decode(data: bytes) -> np.ndarray:
    """Decode an image to grey.

    The size that the header claims is checked before any pixel is decoded. Transparent parts become paper (white), the
    EXIF orientation is applied, of an animation or a multi-page file the first page is taken.

    Args:
        data: an encoded image in one of `FORMATS`.

    Returns:
        uint8 (height, width), 0 black to 255 white.

    Raises:
        UnreadableImage: no bytes, not an image, cut off or damaged, or more than `MAX_PIXELS`.
    """
    if not data:
        raise UnreadableImage(f"The image is empty. Received: 0 bytes. {_ADVICE}")
    if (
        _plain_jpeg_size(data)
        and (image := cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)) is not None
    ):
        return image
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image)
            image.draft("L", None)  # a colour JPEG then yields its luma directly, which is what grey means there
            return _grey(ImageOps.exif_transpose(image), image.format)
    except UnidentifiedImageError as error:
        raise UnreadableImage(
            f"Not an image. Received: {len(data)} bytes that start {data[:8]!r}. {_ADVICE}"
        ) from error
    except Image.DecompressionBombError as error:
        raise UnreadableImage(f"The image is absurdly large. Received: {error} {_ADVICE}") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # what Pillow's format readers raise on damage
        raise UnreadableImage(f"The image is damaged. Received: {len(data)} bytes, {error}. {_ADVICE}") from error


class Glance(NamedTuple):
    """An image at half its size if it is high enough, and its true height and width."""

    height: int
    width: int
    image: np.ndarray


def glance(data: bytes) -> Glance:
    """Decode an image of `HALVED_FROM` rows or more at half its size, which for a JPEG is faster; others as they are.

    Args:
        data: as of `decode`.

    Raises:
        UnreadableImage: as `decode` does.
    """
    if size := _plain_jpeg_size(data):
        mode = cv2.IMREAD_REDUCED_GRAYSCALE_2 if size[0] >= HALVED_FROM else cv2.IMREAD_GRAYSCALE
        if (plain := _by_opencv(data, mode)) is not None:
            return Glance(*size, plain)
    image = decode(data)
    height, width = image.shape
    if height >= HALVED_FROM:
        even = cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        image = cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return Glance(height, width, image)


def _plain_jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Height and width of a whole JPEG, grey or colour, without EXIF; None for all else.

    Of these OpenCV makes the same pixels as Pillow, in a third of the time.
    """
    if not (data.startswith(_START) and data.endswith(_END)):
        return None
    place, last = 2, len(data) - 10
    while place <= last and data[place] == 0xFF and (marker := data[place + 1]) != _EXIF:
        if marker in _PLAIN_FRAMES:
            height, width, channels = _FRAME.unpack_from(data, place + 5)
            return (height, width) if channels in (1, 3) and 0 < height * width <= MAX_PIXELS else None
        place += 2 + _LENGTH.unpack_from(data, place + 2)[0]
    return None


def _by_opencv(data: bytes, mode: int) -> np.ndarray | None:
    return cv2.imdecode(np.frombuffer(data, np.uint8), mode)


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise UnreadableImage(
            f"The image is absurdly large. Received: {width} x {height}, more than {MAX_PIXELS} pixels. {_ADVICE}"
        )


def _grey(image: Image.Image, form: str | None) -> np.ndarray:
    # Pillow clips what is deeper than 8 bits instead of scaling it.
    if image.mode.startswith("I;16") or (image.mode == "I" and form == "PPM"):
        return (np.asarray(image) >> 8).astype(np.uint8)
    if image.mode in ("I", "F"):
        raise UnreadableImage(
            f"The image is too deep. Received: {form} of 32 bits a pixel. Save it with 8 or 16 bits a pixel."
        )
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    return np.array(image.convert("L"))
