"""Any picture as 8-bit gray: every bit depth, polarity, byte order, palette and color space that scanners write.

Pillow decodes the pixels. This module makes the same gray picture of them however the file stores it, and refuses the
few files whose meaning is not certain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin

from inkpipe.errors import InkpipeError
from inkpipe.imaging.imdecode import decode_with_opencv
from inkpipe.imaging.opencv import cv2

# TIFF tags and their values:
BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, SAMPLES, PLANES, COLOR_MAP, SAMPLE_FORMAT = (
    258, 259, 262, 266, 277, 284, 320, 339,
)  # fmt: skip
WHITE_IS_ZERO = 0  # of PHOTOMETRIC
LOWEST_FIRST = 2  # of FILL_ORDER: the lowest bit of a byte comes first
SEPARATE = 2  # of PLANES: first all red samples, then all green ones
SIGNED = 2  # of SAMPLE_FORMAT
PLAIN = 1  # of COMPRESSION
FAX = (2, 3, 4)  # of COMPRESSION; in such files white is 0 unless PHOTOMETRIC says otherwise
CODESTREAM, PRECISION = b"\xff\x4f\xff\x51", 42  # start of a JPEG 2000 picture, and the offset of its bits - 1
DEPTH = 24  # offset of the bits a sample in a PNG file
# Gray that Pillow decodes but does not list, or under a name that it does not know: big-endian, white is 0, lowest bit
# first. `gray` mends the polarity of all of them.
MORE_TIFF_KINDS: dict[tuple[bytes, int, tuple[int], int, tuple[int, ...], tuple[int, ...]], tuple[str, str]] = {
    (b"II", 0, (1,), 1, (12,), ()): ("I;16", "I;12"),
    (b"MM", 0, (1,), 1, (12,), ()): ("I;16", "I;12"),
    (b"MM", 1, (1,), 1, (12,), ()): ("I;16", "I;12"),
    (b"II", 0, (1,), 2, (16,), ()): ("I;16", "I;16R"),
    (b"MM", 0, (1,), 1, (16,), ()): ("I;16B", "I;16B"),
    (b"II", 0, (1,), 2, (8,), ()): ("L", "L;R"),
    (b"MM", 0, (1,), 2, (8,), ()): ("L", "L;R"),
}
TiffImagePlugin.OPEN_INFO.update(MORE_TIFF_KINDS)


class UnreadableImage(InkpipeError):  # noqa: N818 - the name already says what is wrong
    """Bytes that cannot be decoded to an image. The message says why."""


def gray(image: Image.Image, data: bytes) -> np.ndarray:
    """Decode the pixels of an image that Pillow has opened.

    Transparent parts become white, and the EXIF orientation is applied.

    Args:
        image: opened, not loaded yet.
        data: the encoded image.

    Returns:
        uint8 (height, width), 0 black to 255 white.

    Raises:
        UnreadableImage: the samples are signed, floating point or of more than 16 bits, the color space cannot be
            converted, or the file does not say whether 0 is black or white.
    """
    _refuse_unclear(image)
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM"):
        return _of_16_bits(image)
    bits = _jpeg2000_bits(data) if image.format == "JPEG2000" else 8
    if bits > 8:
        return _deep_jpeg2000(image, data)
    if image.format == "PNG":
        _scale_transparent_color(image, data[DEPTH])
    if isinstance(image, TiffImagePlugin.TiffImageFile) and image.mode in ("P", "PA"):
        _widen_palette(image)
    pixels = _over_white(ImageOps.exif_transpose(image))
    if image.mode == "L" and _is_plain_lowest_first(image):
        return 255 - pixels
    return _full_range(pixels, bits) if bits < 8 and image.mode in ("L", "RGB") else pixels


def _is_plain_lowest_first(image: Image.Image) -> bool:
    """Whether Pillow could not invert 8 bits in which white is 0, see `MORE_TIFF_KINDS`."""
    tags = _tags(image)
    kind = [tags.get(tag, default) for tag, default in ((PHOTOMETRIC, 0), (FILL_ORDER, 1), (COMPRESSION, 1))]
    return bool(tags) and kind == [WHITE_IS_ZERO, LOWEST_FIRST, PLAIN] and tags.get(BITS) == (8,)


def _tags(image: Image.Image) -> Mapping[int, Any]:
    """The tags of a TIFF; empty for other formats."""
    return image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}


def _over_white(image: Image.Image) -> np.ndarray:
    if image.has_transparency_data:
        image = image.convert("LA") if image.mode == "La" else image  # premultiplied
        background = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(background, image.convert("RGBA"))
    return np.array(image.convert("L"))


def _refuse_unclear(image: Image.Image) -> None:
    tags = _tags(image)
    signed = SIGNED in tags.get(SAMPLE_FORMAT, ())
    if signed or image.mode == "F" or (image.mode == "I" and image.format != "PPM"):
        kind = ", signed" if signed else ", floating point" if image.mode == "F" else ""
        raise UnreadableImage(
            f"The image is too deep. Received: {image.format} of {tags.get(BITS, (32,))[0]} bits a pixel{kind}. "
            "Save it with 8 or 16 bits a pixel, unsigned."
        )
    if image.mode in ("LAB", "HSV"):
        raise UnreadableImage(
            f"The color space cannot be converted. Received: {image.format} in {image.mode}. Save it as gray or RGB."
        )
    if tags.get(PLANES) == SEPARATE and tags.get(BITS, (8,))[0] > 8 and tags.get(SAMPLES, 1) > 1:
        raise UnreadableImage(  # Pillow would give noise
            "The image is too deep. Received: TIFF of 16 bits a sample in separate planes. "
            "Save it with 8 bits a sample, or its samples side by side."
        )
    if tags and PHOTOMETRIC not in tags and tags.get(SAMPLES, 1) == 1 and tags.get(COMPRESSION) not in FAX:
        raise UnreadableImage(
            "The image does not say whether 0 is black or white. Received: TIFF without the tag 262, "
            "PhotometricInterpretation. Save it anew, or add the tag with `tiffset -s 262 1` (0 is black)."
        )


def _of_16_bits(image: Image.Image) -> np.ndarray:
    """Scaled here, because Pillow would clip."""
    tags = _tags(image)
    levels = np.asarray(ImageOps.exif_transpose(image))
    pixels = (levels >> (tags.get(BITS, (16,))[0] - 8)).astype(np.uint8)
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:  # Pillow inverts such pixels only up to 8 bits
        pixels = 255 - pixels
    transparent = image.info.get("transparency")  # a level
    if isinstance(transparent, int):
        pixels[levels == transparent] = 255
    return pixels


def _scale_transparent_color(image: Image.Image, depth: int) -> None:
    """Scale the transparent color of a PNG as Pillow scales its pixels."""
    transparent = image.info.get("transparency")
    if image.mode == "L" and depth < 8 and isinstance(transparent, int):
        image.info["transparency"] = transparent * 255 // (2**depth - 1)
    elif image.mode == "RGB" and depth == 16 and isinstance(transparent, tuple):
        image.info["transparency"] = tuple(level >> 8 for level in transparent)


def _widen_palette(image: TiffImagePlugin.TiffImageFile) -> None:
    """Mend a palette of 8 bits. TIFF defines 16 bits, of which Pillow takes the upper half; some programs write 8."""
    colors = image.tag_v2.get(COLOR_MAP, ())
    if colors and max(colors) < 256:
        image.load()
        image.putpalette(np.array(colors, np.uint8).reshape(3, -1).T.tobytes())


def _jpeg2000_bits(data: bytes) -> int:
    """The bits a sample of the first channel."""
    return (data[data.find(CODESTREAM) + PRECISION] & 0x7F) + 1


def _deep_jpeg2000(image: Image.Image, data: bytes) -> np.ndarray:
    """Color of more than 8 bits: Pillow rounds its white up to 256, which is black. OpenCV does not."""
    pixels = None if image.has_transparency_data else decode_with_opencv(data, cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise UnreadableImage(
            f"The image is too deep. Received: JPEG 2000 in {image.mode} of {_jpeg2000_bits(data)} bits a sample. "
            "Save it with 8 bits a sample."
        )
    return np.asarray(pixels, np.uint8)


def _full_range(pixels: np.ndarray, bits: int) -> np.ndarray:
    """Scale a JPEG 2000 picture of less than 8 bits, whose white Pillow decodes as 128 (1 bit) to 254 (7 bits)."""
    white = (2**bits - 1) << (8 - bits)
    return np.minimum(pixels * (255 / white) + 0.5, 255).astype(np.uint8)
