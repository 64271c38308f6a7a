"""Any picture as 8-bit gray: every bit depth, polarity, byte order, palette and color space that scanners write.

Pillow decodes the pixels. This module makes the same gray picture of them however the file stores it, and refuses the
few files whose meaning is not certain.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin

from inkpipe.errors import InkpipeError

# TIFF tags and their values:
BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, COLOR_MAP, SAMPLE_FORMAT = 258, 259, 262, 277, 320, 339
WHITE_IS_ZERO = 0  # of PHOTOMETRIC
SIGNED = 2  # of SAMPLE_FORMAT
FAX = (2, 3, 4)  # of COMPRESSION; in such files white is 0 unless PHOTOMETRIC says otherwise
CODESTREAM, PRECISION = b"\xff\x4f\xff\x51", 42  # start of a JPEG 2000 picture, and the offset of its bits - 1
DEPTH = 24  # offset of the bits a sample in a PNG file
# Gray of 12 and 16 bits that Pillow decodes but does not list: big-endian, white is 0, bits from the lowest to the
# highest. `gray` mends the polarity of all of them, also of those that Pillow lists.
MORE_TIFF_KINDS = {
    (b"II", 0, (1,), 1, (12,), ()): ("I;16", "I;12"),
    (b"MM", 0, (1,), 1, (12,), ()): ("I;16", "I;12"),
    (b"MM", 1, (1,), 1, (12,), ()): ("I;16", "I;12"),
    (b"II", 0, (1,), 2, (16,), ()): ("I;16", "I;16R"),
    (b"MM", 0, (1,), 1, (16,), ()): ("I;16B", "I;16B"),
}
for _kind, _modes in MORE_TIFF_KINDS.items():
    TiffImagePlugin.OPEN_INFO.setdefault(_kind, _modes)


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
    if image.format == "PNG":
        _scale_transparent_color(image, data[DEPTH])
    if image.format == "TIFF" and image.mode in ("P", "PA"):
        _widen_palette(image)
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        upright = upright.convert("LA") if upright.mode == "La" else upright  # premultiplied
        background = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(background, upright.convert("RGBA"))
    pixels = np.array(upright.convert("L"))
    return _full_range(pixels, data) if image.format == "JPEG2000" and image.mode == "L" else pixels


def _refuse_unclear(image: Image.Image) -> None:
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
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
    if tags and PHOTOMETRIC not in tags and tags.get(SAMPLES, 1) == 1 and tags.get(COMPRESSION) not in FAX:
        raise UnreadableImage(
            "The image does not say whether 0 is black or white. Received: TIFF without the tag 262, "
            "PhotometricInterpretation. Save it anew, or add the tag with `tiffset -s 262 1` (0 is black)."
        )


def _of_16_bits(image: Image.Image) -> np.ndarray:
    """Scaled here, because Pillow would clip."""
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
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


def _widen_palette(image: Image.Image) -> None:
    """Mend a palette of 8 bits. TIFF defines 16 bits, of which Pillow takes the upper half; some programs write 8."""
    assert isinstance(image, TiffImagePlugin.TiffImageFile)  # noqa: S101
    colors = image.tag_v2.get(COLOR_MAP, ())
    if colors and max(colors) < 256:
        image.load()
        image.putpalette(np.array(colors, np.uint8).reshape(3, -1).T.tobytes())


def _full_range(pixels: np.ndarray, data: bytes) -> np.ndarray:
    """Scale a JPEG 2000 picture of less than 8 bits, whose white Pillow decodes as 128 (1 bit) to 254 (7 bits)."""
    start = data.find(CODESTREAM)
    bits = (data[start + PRECISION] & 0x7F) + 1
    if bits >= 8:
        return pixels
    return ((pixels >> (8 - bits)) * (255 / (2**bits - 1)) + 0.5).astype(np.uint8)
