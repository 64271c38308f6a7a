"""The same picture in every format, depth, polarity and byte order, written by hand, by Pillow and by OpenCV."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from inkpipe.imaging import UnreadableImage, decode, decode_reduced

LEVELS = np.full((40, 64), 255, np.uint8)  # two strokes, one of them gray, on white
LEVELS[8:30, 10:16] = 0
LEVELS[12:20, 30:50] = 85  # a third: a level of 2, 4, 8, 12 and 16 bits
BLACK_WHITE = np.where(LEVELS < 200, 0, 255).astype(np.uint8)
COLORS = np.dstack([LEVELS] * 3)
MODES = {  # that Pillow writes
    "TIFF": "L RGB RGBA LA P CMYK",
    "PNG": "L RGB RGBA LA P",
    "BMP": "L RGB RGBA P",
    "GIF": "L RGB RGBA LA P",
    "WEBP": "L RGB RGBA LA P",
    "JPEG": "L RGB CMYK",
    "JPEG2000": "L RGB RGBA LA",
    "PPM": "L RGB",
}


def packed(levels, bits, order="<", lowest_first=False):
    """Gray levels as samples of 1 to 16 bits, rows padded to bytes."""
    values = np.rint(levels / 255 * (2**bits - 1)).astype(np.uint32)
    if bits == 16:
        data = values.astype(f"{order}u2").tobytes()
    else:
        digits = (values[..., None] >> np.arange(bits)[::-1]) & 1
        data = np.packbits(digits.reshape(len(values), -1).astype(np.uint8), axis=1).tobytes()
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in data) if lowest_first else data


def tiff(pixels, *, order="<", bits=(8,), photometric=1, compression=1, big=False, **more):
    """A TIFF of one strip. `more` holds further SHORT tags, such as `t339=(2,)`."""
    if compression == 8:
        pixels = zlib.compress(pixels)
    tags = {
        256: (64,), 257: (40,), 258: bits, 259: (compression,), 262: (photometric,), 273: None, 277: (len(bits),),
        278: (40,), 279: (len(pixels),), **{int(name[1:]): values for name, values in more.items()},
    }  # fmt: skip
    if photometric is None:
        del tags[262]
    pointer, size, entry = ("Q", 8, 20) if big else ("I", 4, 12)
    header = struct.pack(f"{order}2sHHHQ", b"", 43, 8, 0, 16) if big else struct.pack(f"{order}2sHI", b"", 42, 8)
    header = (b"II" if order == "<" else b"MM") + header[2:]
    end = len(header) + (8 if big else 2) + entry * len(tags) + size
    extra, entries = b"", b""
    values = {tag: value for tag, value in tags.items() if value is not None}
    longer = sum(2 * len(value) for value in values.values() if 2 * len(value) > size)
    for tag in sorted(tags):
        if tag == 273:
            kind, count, content = 4, 1, struct.pack(f"{order}I", end + longer)
        else:
            kind, count = 3, len(values[tag])
            content = struct.pack(f"{order}{count}H", *values[tag])
        if len(content) > size:
            extra, content = extra + content, struct.pack(order + pointer, end + len(extra))
        entries += struct.pack(f"{order}HH{pointer}", tag, kind, count) + content.ljust(size, b"\0")
    count = struct.pack(order + ("Q" if big else "H"), len(tags))
    return header + count + entries + bytes(size) + extra + pixels


def planes(order, bits):
    """Red, green and blue one after the other, each in a strip."""
    data = tiff(packed(LEVELS, bits, order) * 3, order=order, bits=(bits,) * 3, photometric=2, t284=(2,))
    step = 40 * 64 * bits // 8
    start = len(data) - 3 * step
    entry = data.index(struct.pack(f"{order}HH", 273, 4))
    size = data.index(struct.pack(f"{order}HH", 279, 3))
    starts = struct.pack(f"{order}HHII", 273, 4, 3, len(data))
    sizes = struct.pack(f"{order}HHII", 279, 4, 3, len(data) + 12)
    data = data[:entry] + starts + data[entry + 12 : size] + sizes + data[size + 12 :]
    return data + struct.pack(f"{order}6I", *(start + step * i for i in range(3)), step, step, step)


def png(pixels, bits, color_type, **chunks):
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    stride = len(pixels) // 40
    rows = b"".join(b"\0" + pixels[i : i + stride] for i in range(0, len(pixels), stride))
    header = struct.pack(">IIBBBBB", 64, 40, bits, color_type, 0, 0, 0)
    middle = b"".join(chunk(name.encode(), content) for name, content in chunks.items())
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + middle
        + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )  # fmt: skip


def bmp(pixels, bits, palette):
    palette = b"".join(bytes([level] * 3 + [0]) for level in palette)
    start = 54 + len(palette)
    header = struct.pack("<2sIHHI", b"BM", start + len(pixels), 0, 0, start)
    header += struct.pack("<IiiHHIIiiII", 40, 64, -40, 1, bits, 0, len(pixels), 0, 0, len(palette) // 4, 0)
    return header + palette + pixels


def pillow(mode, form, image=LEVELS, **options):
    stream = io.BytesIO()
    source = image if isinstance(image, Image.Image) else Image.fromarray(image)
    (source.convert(mode) if mode else source).save(stream, form, **options)
    return stream.getvalue()


def opencv(ending, image, *options):
    return cv2.imencode(ending, image, options)[1].tobytes()


def cmyk(image=LEVELS):
    """Black ink only, as a print shop stores gray."""
    empty = Image.new("L", (64, 40))
    return Image.merge("CMYK", [empty, empty, empty, Image.fromarray(255 - image)])


def rgb16(order, gray=LEVELS, channels=3):
    return np.repeat(gray.astype(np.uint32)[..., None] * 257, channels, axis=2).astype(f"{order}u2").tobytes()


def jp2(bits):
    """JPEG 2000 of fewer bits than its writer knows: the level shift and the precision are patched."""
    step, shift = (255, 8) if bits <= 8 else (65535, 16)
    values = np.rint(LEVELS / 255 * (2**bits - 1)).astype(int) + 2 ** (shift - 1) - 2 ** (bits - 1)
    data = bytearray(pillow(None, "JPEG2000", values.astype(np.uint8 if step == 255 else np.uint16), no_jp2=True))
    data[42] = bits - 1
    return bytes(data)


def palette_tiff(order, bits, flip, scale=257):
    """A palette of the gray levels, forwards or backwards."""
    count = 2**bits
    levels = np.linspace(0, 255, count)[:: -1 if flip else 1]
    indices = 255 - LEVELS if flip else LEVELS
    colors = tuple(int(round(level) * scale) for level in levels) * 3
    return tiff(packed(indices, bits, order), order=order, bits=(bits,), photometric=3, t320=colors)


def cases():
    sixteen = LEVELS.astype(np.uint16) * 257
    for order in "<>":
        for photometric in (0, 1):
            levels = LEVELS if photometric else 255 - LEVELS
            for bits in (1, 2, 4, 8, 12, 16):
                for compression in (1, 8):
                    data = packed(levels, bits, order)
                    if bits == 12 and compression == 8:
                        continue  # see below
                    name = f"tiff {order} {bits} bits, photometric {photometric}, compression {compression}"
                    yield name, tiff(data, order=order, bits=(bits,), photometric=photometric, compression=compression)
                if bits != 12 and order == "<":
                    yield (
                        f"big tiff {bits} bits, photometric {photometric}",
                        tiff(packed(levels, bits, order), order=order, bits=(bits,), photometric=photometric, big=True),
                    )
            for bits in (1, 2, 4, 8):
                data = packed(levels, bits, order, lowest_first=True)
                name = f"tiff {order} {bits} bits, photometric {photometric}, lowest bit first"
                yield name, tiff(data, order=order, bits=(bits,), photometric=photometric, t266=(2,))
        for bits in (1, 2, 4, 8):
            for flip in (False, True):
                yield f"tiff {order} palette of {2**bits}, flipped {flip}", palette_tiff(order, bits, flip)
        yield f"tiff {order} palette of 8 bits a color", palette_tiff(order, 8, True, scale=1)
        yield f"tiff {order} rgb 8", tiff(COLORS.tobytes(), order=order, bits=(8, 8, 8), photometric=2)
        yield f"tiff {order} rgb 16", tiff(rgb16(order), order=order, bits=(16,) * 3, photometric=2)
        yield (
            f"tiff {order} rgb 16 deflate",
            tiff(rgb16(order), order=order, bits=(16,) * 3, photometric=2, compression=8),
        )
        opaque = np.dstack([COLORS, np.full_like(LEVELS, 255)])
        for kind in (1, 2):
            yield (
                f"tiff {order} rgb with alpha of kind {kind}",
                tiff(opaque.tobytes(), order=order, bits=(8,) * 4, photometric=2, t338=(kind,)),
            )
            yield (
                f"tiff {order} gray with alpha of kind {kind}",
                tiff(opaque[..., 2:].tobytes(), order=order, bits=(8, 8), t338=(kind,)),
            )
        yield (
            f"tiff {order} rgb and something else",
            tiff(np.dstack([COLORS, LEVELS]).tobytes(), order=order, bits=(8,) * 4, photometric=2, t338=(0,)),
        )
        yield f"tiff {order} rgb in planes", planes(order, 8)
        yield f"tiff {order} cmyk", tiff(cmyk().tobytes(), order=order, bits=(8,) * 4, photometric=5)
    for form, modes in MODES.items():
        lossless = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100}}.get(form, {})
        for mode in modes.split():
            yield f"{form} {mode}", pillow(mode, form, cmyk() if mode == "CMYK" else LEVELS, **lossless)
    for compression in ("tiff_lzw", "packbits", "tiff_adobe_deflate", "jpeg"):
        quality = {"quality": 100} if compression == "jpeg" else {}
        yield f"TIFF {compression}", pillow("L", "TIFF", compression=compression, **quality)
        yield f"TIFF RGB {compression}", pillow("RGB", "TIFF", compression=compression, **quality)
    yield "JPEG of red, green and blue", pillow("RGB", "JPEG", quality=100, keep_rgb=True)
    yield "JPEG progressive", pillow("RGB", "JPEG", quality=100, progressive=True)
    yield "JPEG 2000 of 16 bits", pillow(None, "JPEG2000", sixteen)
    for bits in (2, 4, 12):
        yield f"JPEG 2000 of {bits} bits", jp2(bits)
    for bits in (2, 4, 8, 16):
        data = packed(LEVELS, bits, ">")
        yield f"PNG gray {bits}", png(data, bits, 0)
        # White is transparent, and would be wrong in no other way; black must not be.
        yield f"PNG gray {bits}, transparent color", png(data, bits, 0, tRNS=struct.pack(">H", 2**bits - 1))
    for bits in (2, 4, 8):
        palette = bytes(np.repeat(np.rint(np.linspace(255, 0, 2**bits)).astype(np.uint8), 3))
        yield f"PNG palette {bits}", png(packed(255 - LEVELS, bits), bits, 3, PLTE=palette)
    yield "PNG rgb 16", png(rgb16(">"), 16, 2)
    gray_alpha = np.dstack([sixteen, np.full_like(sixteen, 65535)])
    yield "PNG gray and alpha 16", png(gray_alpha.astype(">u2").tobytes(), 16, 4)
    yield "PNG rgb and alpha 16", png(np.dstack([sixteen] * 3 + [gray_alpha[..., 1]]).astype(">u2").tobytes(), 16, 6)
    for bits in (4, 8):
        for flip in (False, True):
            palette = np.rint(np.linspace(0, 255, 2**bits)).astype(int).tolist()[:: -1 if flip else 1]
            data = packed(255 - LEVELS if flip else LEVELS, bits)
            yield f"BMP palette {bits}, flipped {flip}", bmp(data, bits, palette)
    for maximum in (3, 15, 100, 255, 1023, 4095, 65535):
        values = np.rint(LEVELS / 255 * maximum).astype(int)
        digits = " ".join(map(str, values.ravel())).encode()
        yield f"PGM of text to {maximum}", f"P2\n64 40\n{maximum}\n".encode() + digits
        kind = "u1" if maximum < 256 else ">u2"
        yield f"PGM to {maximum}", f"P5\n64 40\n{maximum}\n".encode() + values.astype(kind).tobytes()
        triple = np.repeat(values[..., None], 3, axis=2).astype(kind).tobytes()
        yield f"PPM to {maximum}", f"P6\n64 40\n{maximum}\n".encode() + triple
    for ending in (".png", ".tif", ".jp2", ".pgm"):
        for image, name in ((LEVELS, "gray 8"), (sixteen, "gray 16"), (COLORS, "color 8")):
            if not (ending == ".pgm" and image is COLORS):
                yield f"OpenCV {ending} {name}", opencv(ending, image)
        if ending != ".pgm":
            yield f"OpenCV {ending} color 16", opencv(ending, np.dstack([sixteen] * 3))
    for ending in (".bmp", ".webp", ".ppm"):
        yield f"OpenCV {ending}", opencv(ending, COLORS, *((cv2.IMWRITE_WEBP_QUALITY, 101) if "w" in ending else ()))
    yield "OpenCV .jpg", opencv(".jpg", LEVELS, cv2.IMWRITE_JPEG_QUALITY, 100)


def black_white_cases():
    for order in "<>":
        for photometric in (0, 1):
            levels = BLACK_WHITE if photometric else 255 - BLACK_WHITE
            for first in (False, True):
                data = packed(levels, 1, order, lowest_first=first)
                name = f"tiff {order} photometric {photometric}, lowest first {first}"
                yield name, tiff(data, order=order, bits=(1,), photometric=photometric, t266=(1 + first,))
    for compression in ("group3", "group4", "tiff_ccitt", "packbits", "tiff_lzw"):
        for photometric in (0, 1):
            options = {"compression": compression, "tiffinfo": {262: photometric}}
            yield f"TIFF {compression}, photometric {photometric}", pillow("1", "TIFF", BLACK_WHITE, **options)
    for form in ("PNG", "BMP", "GIF", "PPM", "TIFF"):
        yield f"{form} of 1 bit", pillow("1", form, BLACK_WHITE)
    bits = packed(BLACK_WHITE, 1)
    inverse = packed(255 - BLACK_WHITE, 1)
    yield "PNG, white transparent", png(bits, 1, 0, tRNS=b"\0\1")
    yield "PNG palette of white and black", png(inverse, 1, 3, PLTE=b"\xff\xff\xff\0\0\0")
    yield "BMP palette of white and black", bmp(inverse, 1, [255, 0])
    yield "BMP palette of black and white", bmp(bits, 1, [0, 255])
    yield "PBM", b"P4\n64 40\n" + inverse
    yield "PBM of text", b"P1\n64 40\n" + " ".join("0" if level else "1" for level in BLACK_WHITE.ravel()).encode()
    yield "JPEG 2000 of 1 bit", jp2_of_one_bit()


def jp2_of_one_bit():
    data = bytearray(pillow(None, "JPEG2000", (BLACK_WHITE // 255 + 127).astype(np.uint8), no_jp2=True))
    data[42] = 0
    return bytes(data)


CASES = dict(cases())
BLACK_WHITE_CASES = dict(black_white_cases())


def lossy(name):
    return "jpe" in name.lower() or ".jpg" in name or ".jp2" in name or "gif" in name.lower()


@pytest.mark.parametrize("name", CASES)
def test_the_same_picture_is_the_same_gray(name):
    two_levels = ("tiff" in name and " 1 bits" in name) or "palette of 2," in name
    expected = np.where(LEVELS < 128, 0, 255) if two_levels else LEVELS
    difference = np.abs(decode(CASES[name]).astype(int) - expected)
    assert difference.max() <= (12 if lossy(name) else 2)
    assert difference.mean() <= 1


@pytest.mark.parametrize("name", BLACK_WHITE_CASES)
def test_the_same_black_and_white_picture_is_the_same(name):
    np.testing.assert_array_equal(decode(BLACK_WHITE_CASES[name]), BLACK_WHITE)


REFUSED = {
    "signed 8": (tiff(packed(LEVELS, 8), t339=(2,)), "too deep.*TIFF of 8 bits a pixel, signed"),
    "signed 16": (tiff(packed(LEVELS, 16), bits=(16,), t339=(2,)), "too deep.*TIFF of 16 bits a pixel, signed"),
    "floating point": (
        tiff((LEVELS / 255).astype("<f4").tobytes(), bits=(32,), t339=(3,)),
        "too deep.*TIFF of 32 bits a pixel, floating point",
    ),
    "floating point, white is 0": (
        tiff((LEVELS / 255).astype("<f4").tobytes(), bits=(32,), photometric=0, t339=(3,)),
        "too deep.*TIFF of 32 bits a pixel, floating point",
    ),
    "64 bits": (
        tiff((LEVELS / 255).astype("<f8").tobytes(), bits=(64,), t339=(3,)), "TIFF is damaged, or of a kind"
    ),
    "big-endian BigTIFF": (tiff(packed(LEVELS, 8), order=">", big=True), "TIFF is damaged, or of a kind"),
    "unknown polarity": (tiff(packed(LEVELS, 8), photometric=None), "does not say whether 0 is black.*TIFF"),
    "unknown polarity of 16 bits": (tiff(packed(LEVELS, 16), bits=(16,), photometric=None), "0 is black.*TIFF"),
    "CIE L*a*b*": (tiff(COLORS.tobytes(), bits=(8,) * 3, photometric=8), "color space.*TIFF in LAB"),
    "16 bits in planes": (planes("<", 16), "too deep.*TIFF of 16 bits a sample in separate planes"),
    "16 bits, planes, big-endian": (planes(">", 16), "too deep.*TIFF of 16 bits a sample in separate planes"),
    "PFM": (b"Pf\n64 40\n-1\n" + LEVELS.astype("<f4").tobytes(), "too deep.*floating point"),
    "JPEG 2000 of 16 bits with alpha": (
        opencv(".jp2", np.dstack([LEVELS.astype(np.uint16) * 257] * 4)), "too deep.*JPEG 2000 in RGBA of 16 bits"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_picture_whose_meaning_is_not_certain_is_one_message(name):
    data, message = REFUSED[name]
    with pytest.raises(UnreadableImage, match=message):
        decode(data)


def transparent_corner(form):
    """Black strokes on white with a black corner that is transparent, and that must come out white."""
    pixels = np.dstack([COLORS, np.full_like(LEVELS, 255)])
    pixels[:6, :6] = 0
    return pillow(None, form, pixels, **({"lossless": True} if form == "WEBP" else {}))


@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
def test_transparent_black_becomes_white(form):
    np.testing.assert_array_equal(decode(transparent_corner(form)), LEVELS)


@pytest.mark.parametrize("bits", [2, 4, 8, 16])
def test_the_transparent_color_of_a_gray_png_becomes_white(bits):
    level = round((2**bits - 1) / 3)
    data = png(packed(LEVELS, bits), bits, 0, tRNS=struct.pack(">H", level)) if bits < 16 else png(
        packed(LEVELS, 16, ">"), 16, 0, tRNS=struct.pack(">H", level)
    )  # fmt: skip
    np.testing.assert_array_equal(decode(data), np.where(LEVELS == 85, 255, LEVELS))


def test_the_transparent_color_of_a_png_of_16_bits_becomes_white():
    data = png(rgb16(">"), 16, 2, tRNS=struct.pack(">HHH", *[85 * 257] * 3))
    np.testing.assert_array_equal(decode(data), np.where(LEVELS == 85, 255, LEVELS))


@pytest.mark.parametrize("photometric", [0, 1])
def test_the_reduced_picture_has_the_same_polarity(photometric):
    data = tiff(packed(LEVELS if photometric else 255 - LEVELS, 16), bits=(16,), photometric=photometric)
    reduced = decode_reduced(data)
    assert (reduced.height, reduced.width, reduced.image[0, 0]) == (40, 64, 255)


@pytest.mark.parametrize("orientation", [3, 6])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("photometric", [0, 1])
def test_the_orientation_of_a_tiff_is_applied_once(photometric, bits, orientation):
    levels = LEVELS if photometric else 255 - LEVELS
    data = tiff(packed(levels, bits), bits=(bits,), photometric=photometric, t274=(orientation,))
    turned = np.rot90(LEVELS, {3: 2, 6: -1}[orientation])
    np.testing.assert_allclose(decode(data), turned, atol=1)
