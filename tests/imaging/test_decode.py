from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inkpipe.imaging import UnreadableImage, decode, decode_reduced, encoded_size
from inkpipe.imaging.decode import MAX_SCANS

GRAY = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5


def encoded(image, form="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def test_gray_png_comes_back_exactly():
    pixels = decode(encoded(Image.fromarray(GRAY)))
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, GRAY)
    assert pixels.flags.writeable


@pytest.mark.parametrize("form", ["BMP", "TIFF", "GIF", "WEBP"])
def test_other_formats(form):
    options = {"lossless": True} if form == "WEBP" else {}
    np.testing.assert_array_equal(decode(encoded(Image.fromarray(GRAY), form, **options)), GRAY)


def test_color_jpeg_yields_the_same_gray_as_opencv():
    colors = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    data = cv2.imencode(".jpg", cv2.blur(colors, (9, 9)))[1].tobytes()
    np.testing.assert_array_equal(decode(data), cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE))


def test_sixteen_bits_are_scaled_not_clipped():
    deep = Image.fromarray(np.array([[0, 256, 40000, 65535]], np.uint16))
    np.testing.assert_array_equal(decode(encoded(deep)), [[0, 1, 156, 255]])


def test_a_sixteen_bit_pgm_is_scaled_not_clipped():
    levels = np.array([0, 256, 40000, 65535], ">u2")
    np.testing.assert_array_equal(decode(b"P5 4 1 65535 " + levels.tobytes()), [[0, 1, 156, 255]])


@pytest.mark.parametrize("kind", [np.int32, np.float32])
def test_more_than_sixteen_bits_are_refused(kind):
    with pytest.raises(UnreadableImage, match="too deep.*Received: TIFF of 32 bits"):
        decode(encoded(Image.fromarray(GRAY.astype(kind)), "TIFF"))


@pytest.mark.parametrize(
    "start", [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"DDS \x7c\0\0\0", b"II*\0junk"]
)
def test_formats_of_no_scanner_are_not_opened(start, monkeypatch):
    monkeypatch.setattr("subprocess.check_call", lambda *_, **__: pytest.fail("a program was run"))
    with pytest.raises(UnreadableImage, match="Not an image|damaged"):
        decode(start + bytes(200))


@pytest.mark.parametrize(("height", "width", "halved"), [(39, 31, False), (40, 31, True), (61, 200, True)])
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_reduced_decoding_halves_images_of_forty_rows_or_more(form, height, width, halved):
    ramp = np.add.outer(np.arange(height), np.arange(width)).astype(np.uint8)
    data = encoded(Image.fromarray(ramp), form)
    reduced = decode_reduced(data)
    assert (reduced.height, reduced.width) == (height, width)
    assert reduced.image.shape == (((height + 1) // 2, (width + 1) // 2) if halved else (height, width))
    full = decode(data).astype(int)
    if not halved:
        np.testing.assert_array_equal(reduced.image, full)
    else:
        cells = full[: height // 2 * 2, : width // 2 * 2].reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
        assert np.abs(reduced.image[: height // 2, : width // 2] - cells).max() <= 4


def test_reduced_decoding_refuses_what_decoding_refuses():
    with pytest.raises(UnreadableImage, match="empty"):
        decode_reduced(b"")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "TIFF", "GIF", "WEBP", "PPM", "JPEG2000"])
def test_the_size_is_that_in_the_header(form):
    data = encoded(Image.fromarray(np.tile(GRAY, (20, 20))), form)
    assert encoded_size(data) == (120, 160)
    if form != "WEBP":  # whose reader wants all of it
        assert encoded_size(data[:-20]) == (120, 160)


def test_the_size_is_that_before_the_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(Image.fromarray(GRAY), "JPEG", exif=exif)
    assert (encoded_size(data), decode(data).shape) == ((6, 8), (8, 6))


@pytest.mark.parametrize("data", [b"", b"none", encoded(Image.fromarray(GRAY))[:20]])
def test_no_header_has_no_size(data):
    with pytest.raises(UnreadableImage):
        encoded_size(data)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparent_parts_become_white(mode):
    clear = Image.new("LA", (3, 2)).convert(mode) if mode != "PA" else Image.new("PA", (3, 2))
    form = "PNG" if mode != "PA" else "TIFF"
    np.testing.assert_array_equal(decode(encoded(clear, form)), np.full((2, 3), 255))


def test_exif_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter clockwise to view
    assert decode(encoded(Image.new("L", (30, 20)), "JPEG", exif=exif)).shape == (30, 20)


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"", "empty.*0 bytes"), (b"not an image", "Not an image.*12 bytes.*not an"), (b"\xff\xd8\xff", "Not an image")],
)
def test_bytes_that_are_no_image_are_refused(data, why):
    with pytest.raises(UnreadableImage, match=why):
        decode(data)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_an_image_that_is_cut_off_is_damaged(form):
    noisy = Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 90), np.uint8))
    data = encoded(noisy, form)
    with pytest.raises(UnreadableImage, match="damaged"):
        decode(data[: len(data) // 2])


def progressive(scans):
    """A progressive JPEG whose last scan is repeated until it has so many."""
    data = encoded(Image.fromarray(np.tile(GRAY, (4, 4))), "JPEG", progressive=True)
    body, last = data[:-2], data[data.rindex(b"\xff\xda") : -2]
    return body + last * (scans - data.count(b"\xff\xda")) + data[-2:]


@pytest.mark.parametrize("read", [decode, decode_reduced, encoded_size])
def test_a_jpeg_of_very_many_scans_is_refused_before_it_is_decoded(read):
    assert np.shape(decode(progressive(MAX_SCANS))) == (24, 32)
    with pytest.raises(UnreadableImage, match=r"takes too long to decode\. Received: 101 scans, more than 100\."):
        read(progressive(MAX_SCANS + 1))


def bomb(width, height):
    """A PNG without pixels whose header claims a size."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(7072, 7072), (10_000, 10_000), (60_000, 60_000)])
def test_an_absurd_size_is_refused_from_the_header(size):
    with pytest.raises(UnreadableImage, match="absurdly large"):
        decode(bomb(*size))


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's warnings of damage
@given(st.binary(max_size=300), st.integers(0, 400), st.sampled_from(["JPEG", "PNG", "GIF", "TIFF", "BMP"]))
def test_mangled_bytes_end_in_pixels_or_in_one_clear_error(noise, position, form):
    data = encoded(Image.fromarray(GRAY), form)
    mangled = data[:position] + noise + data[position + len(noise) :]
    try:
        pixels = decode(mangled)
    except UnreadableImage as error:
        message = str(error)
        pixels = None
    assert "Received: " in message if pixels is None else pixels.dtype == np.uint8


def test_a_limit_that_the_user_has_set_for_opencv_changes_nothing(tmp_path):
    """OpenCV reads it while it is imported, and then raises an exception that no other image causes."""
    image = np.tile(np.arange(256, dtype=np.uint8), (32, 1))
    (tmp_path / "a.jpg").write_bytes(cv2.imencode(".jpg", image)[1].tobytes())
    code = "import sys, pathlib, inkpipe.imaging as i; print(i.decode(pathlib.Path(sys.argv[1]).read_bytes()).sum())"
    command = [sys.executable, "-c", code, str(tmp_path / "a.jpg")]
    environment = {**os.environ, "OPENCV_IO_MAX_IMAGE_PIXELS": "100"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.stdout == f"{decode((tmp_path / 'a.jpg').read_bytes()).sum()}\n"
