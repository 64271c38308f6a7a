"""Encoded bytes to grey pixels, safely: damaged, empty and absurdly large images end in one clear error."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from inkpipe.errors import InkpipeError

MAX_PIXELS = 50_000_000  # a page of A4 at 600 dpi has 35 million; what claims more is a mistake or an attack
_START, _END = b"\xff\xd8\xff", b"\xff\xd9"
_EXIF = 0xE1
_PLAIN_FRAMES = (0xC0, 0xC1, 0xC2)  # baseline, extended and progressive
_ADVICE = "Give a JPEG, PNG, TIFF or BMP of one line of handwriting."


class UnreadableImage(InkpipeError):  # noqa: N818 - says what it is, as InkpipeError's name cannot
    """Bytes that are no image that a reader can be given; the message says why."""


def decode(data: bytes) -> np.ndarray:
    """Decode an image to grey.

    The size that the header claims is checked before any pixel is decoded. Transparent parts become paper (white), the
    EXIF orientation is applied, of an animation or a multi-page file the first page is taken.

    Args:
        data: an encoded image, JPEG, PNG, TIFF, BMP or whatever else Pillow reads.

    Returns:
        uint8 (height, width), 0 black to 255 white.

    Raises:
        UnreadableImage: no bytes, not an image, cut off or damaged, or more than `MAX_PIXELS`.
    """
    if not data:
        raise UnreadableImage(f"The image is empty. Received: 0 bytes. {_ADVICE}")
    if (plain := _plain_jpeg(data)) is not None:
        return plain
    try:
        with Image.open(io.BytesIO(data)) as image:
            _check_size(image)
            image.draft("L", None)  # a colour JPEG then yields its luma directly, which is what grey means there
            return _grey(ImageOps.exif_transpose(image))
    except UnidentifiedImageError as error:
        raise UnreadableImage(
            f"Not an image. Received: {len(data)} bytes that start {data[:8]!r}. {_ADVICE}"
        ) from error
    except Image.DecompressionBombError as error:
        raise UnreadableImage(f"The image is absurdly large. Received: {error} {_ADVICE}") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # what Pillow's format readers raise on damage
        raise UnreadableImage(f"The image is damaged. Received: {len(data)} bytes, {error}. {_ADVICE}") from error


def _plain_jpeg(data: bytes) -> np.ndarray | None:
    """A whole JPEG, grey or colour, without EXIF, by OpenCV: the same pixels three times as fast. None for all else."""
    if not (data.startswith(_START) and data.endswith(_END)):
        return None
    place = 2
    while place + 9 < len(data) and data[place] == 0xFF and data[place + 1] != _EXIF:
        if data[place + 1] in _PLAIN_FRAMES:
            height, width = (int.from_bytes(data[place + at : place + at + 2], "big") for at in (5, 7))
            if data[place + 9] not in (1, 3) or not 0 < height * width <= MAX_PIXELS:
                return None
            return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return None


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise UnreadableImage(
            f"The image is absurdly large. Received: {width} x {height}, more than {MAX_PIXELS} pixels. {_ADVICE}"
        )


def _grey(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I;16"):  # Pillow clips 16 bits to 8 instead of scaling them
        return (np.asarray(image) >> 8).astype(np.uint8)
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    return np.array(image.convert("L"))
