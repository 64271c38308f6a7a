"""Inputs that a server must survive: bodies of POST /recognize, made anew by each run."""

import base64
import io
import json
import struct
import zlib
from typing import NamedTuple

import numpy as np
from PIL import Image

BOUNDARY = "boundary"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
JSON = "application/json"
KINDS = ("JPEG", "PNG", "TIFF", "WEBP", "GIF", "BMP", "JPEG2000", "PPM")


class Hostile(NamedTuple):
    """A request. `status` is 200 if its image must be an item with an error."""

    name: str
    content: bytes
    type: str
    status: int


def corpus():
    """All of them, by name."""
    return {each.name: each for part in (_images(), _json(), _multipart(), _types()) for each in part}


def _images():
    """Files that are no images, each as an upload."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 64), np.uint8))
    for kind in KINDS:
        stream = io.BytesIO()
        noise.save(stream, kind)
        data = stream.getvalue()
        yield _upload(f"{kind} cut in its header", data[:12])
        yield _upload(f"{kind} cut in half", data[: len(data) // 2])
        yield _upload(f"{kind} of zeros after its start", data[:8] + bytes(len(data) - 8))
    png = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    bomb = png + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(1 << 20))) + _chunk(b"IEND", b"")
    yield _upload("PNG of ten thousand million pixels", bomb)
    huge = png + _chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 16, 6, 0, 0, 0))
    yield _upload("PNG of the largest size", huge)
    yield _upload("PNG of no size", png + _chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 0, 8, 0, 0, 0, 0)))
    text = _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(64 << 20)))
    small = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    yield _upload("PNG with a text bomb", png + _chunk(b"IHDR", small) + text + _chunk(b"IEND", b""))
    yield _upload("JPEG of ten thousand scans", _scans(10_000))
    yield _upload("WebP of 16,384 x 16,384", _webp(16_384, 16_384))
    yield _upload("WebP of the largest size", _webp(1 << 24, 1 << 8))
    yield _upload("GIF of 65,535 x 65,535", b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02L\x01\0;")
    yield _upload(
        "BMP of no positive size", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, -9, -9, 1, 24, *[0] * 6)
    )
    yield _upload("PGM of a huge size", b"P5 999999999 999999999 255\n\0")
    yield _upload("TIFF whose directory is itself", b"II*\0\x08\0\0\0\x01\0\0\x01\x03\0\x01\0\0\0\x01\0\0\0\x08\0\0\0")
    yield _upload("TIFF whose directory lies outside", b"II*\0\xff\xff\xff\x7f")
    yield _upload("empty", b"")
    yield _upload("zero bytes", bytes(4096))
    yield _upload("text", "\N{GREEK SMALL LETTER ALPHA}".encode() * 99)
    yield _upload("HTML", b"<!doctype html><script>alert(1)</script>")
    yield _upload("SVG", b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>")
    yield _upload("PostScript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n")
    yield _upload("PDF", b"%PDF-1.7\n1 0 obj<<>>endobj\n")
    yield _upload("zip", b"PK\x03\x04" + bytes(99))
    yield _upload("gzip", b"\x1f\x8b\x08" + bytes(99))
    yield _upload("pickle", b"cos\nsystem\n(S'exit 1'\ntR.")
    yield _upload("path as its name", b"none", name="../../etc/passwd")
    yield _upload("markup as its name", b"none", name="<img src=x onerror=alert(1)>.png")
    yield _upload("long name", b"none", name="a" * 5000, status=400)
    yield _upload("name that is not UTF-8", b"none", name=b"caf\xe9\xff.png")


def _json():
    for name, images in {
        "number": 7, "null": None, "true": True, "list": [], "object": {"data": ""}, "float": 1e308,
        "text that is not base64": "%%%", "base64 without padding": "abcde", "base64 of nothing": "", "white space": " \n",  # noqa: E501
        "base64 of text": base64.b64encode(b"none").decode(), "path": "/etc/passwd", "URL": "file:///etc/passwd",
        "Greek": "\u03b1\u03b2", "zero character": "\0", "data URL": "data:image/png;base64,AAAA",
    }.items():  # fmt: skip
        yield Hostile(f"JSON: {name}", json.dumps({"images": [images]}).encode(), JSON, 200)
    yield Hostile("JSON: lone surrogate", b'{"images": ["\\ud800"]}', JSON, 400)
    yield Hostile("JSON: deep list", b'{"images": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", JSON, 400)
    yield Hostile("JSON: deep object", b'{"a":' * 50_000 + b"1" + b"}" * 50_000, JSON, 400)
    yield Hostile("JSON: huge number", b'{"images": ' + b"9" * 100_000 + b"}", JSON, 400)
    yield Hostile("JSON: infinite", b'{"images": Infinity}', JSON, 422)
    for name, content, status in (
        ("nothing", b"", 400), ("cut", b'{"images": ["AAAA', 400), ("not UTF-8", b'{"images": ["\xff\xfe"]}', 400),
        ("UTF-16", '{"images": []}'.encode("utf-16"), 400), ("two", b"{}{}", 400), ("null", b"null", 422),
        ("list", b"[]", 422), ("text", b'"images"', 422), ("no images", b"{}", 422), ("none", b'{"images": []}', 422),
        ("images as text", b'{"images": "AAAA"}', 422), ("another key", b'{"images": ["AAAA"], "path": "/etc"}', 422),
        ("too many", b'{"images": [' + b'"",' * 10_000 + b'""]}', 413), ("too large", b" " * (1 << 22), 413),
    ):  # fmt: skip
        yield Hostile(f"JSON body: {name}", content, JSON, status)


def _multipart():
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'.encode()
    end = f"\r\n--{BOUNDARY}--\r\n".encode()
    field = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"\r\n\r\nAAAA'.encode()
    for name, content, status in (
        ("nothing", b"", 400), ("no parts", end, 422), ("only a start", part, 400), ("no end", part + b"none", 400),
        ("another boundary", b"--other\r\n\r\n\r\n--other--", 400), ("a field", field + end, 422),
        ("no disposition", f"--{BOUNDARY}\r\n\r\nnone".encode() + end, 400),
        ("no name", f"--{BOUNDARY}\r\nContent-Disposition: form-data; filename=a\r\n\r\nnone".encode() + end, 400),
        ("a bad header", f"--{BOUNDARY}\r\n\xff\xfe: \x01\r\n\r\nnone".encode() + end, 400),
        ("a long header", f"--{BOUNDARY}\r\n{'a' * 100_000}: b\r\n\r\nnone".encode() + end, 400),
        ("too many", b"".join(part + b"\r\n" for _ in range(70)) + end, 413),
        ("too large", part + bytes(1 << 21) + end, 413),
        ("bytes", bytes(range(256)) * 9, 400),
    ):  # fmt: skip
        yield Hostile(f"multipart: {name}", content, MULTIPART, status)
    for charset in ("none", "rot13", "punycode", "idna"):
        body = part.replace(b'"a"', b'"\xff\xfe-"') + b"none" + end
        yield Hostile(f"multipart: charset {charset}", body, f"{MULTIPART}; charset={charset}", 200)
    yield Hostile("multipart: without a boundary", part + end, "multipart/form-data", 400)
    yield Hostile("multipart: an empty boundary", part + end, "multipart/form-data; boundary=", 400)
    yield Hostile("multipart: a long boundary", part + end, f"multipart/form-data; boundary={'a' * 9000}", 400)


def _types():
    for kind in (
        "",
        "image/png",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "multipart/mixed",
    ):
        yield Hostile(f"type: {kind}", b"none", kind, 415)


def _upload(title, content, name="a", status=200):
    named = name if isinstance(name, bytes) else name.encode()
    head = f"--{BOUNDARY}\r\n".encode() + b'Content-Disposition: form-data; name="image"; filename="' + named
    body = head + b'"\r\n\r\n' + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    return Hostile(f"file: {title}", body, MULTIPART, status)


def _scans(count):
    """A small JPEG of 7,000 x 7,000 white pixels that would take half a second for each scan."""
    stream = io.BytesIO()
    Image.new("L", (7000, 7000), 255).save(stream, "JPEG", progressive=True)
    data = stream.getvalue()
    return data[:-2] + data[data.rindex(b"\xff\xda") : -2] * count + data[-2:]


def _webp(width, height):
    """An animation that claims a canvas of a size."""
    canvas = (
        b"VP8X" + struct.pack("<II", 10, 2) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    )
    content = b"WEBP" + canvas + b"ANIM" + struct.pack("<IIH", 6, 0, 0)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def _chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
