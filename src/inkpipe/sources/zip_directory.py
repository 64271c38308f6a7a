"""The directory of a .zip as a stream, and its entries one at a time.

The standard library's `zipfile` holds 0.7 kB for every entry, 290 MB for the full set of names; this holds none.
Format: PKWARE APPNOTE 6.3.10, sections 4.3 (records) and 4.5.3 (zip64).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

END = struct.Struct("<4s4H2LH")
END64_LOCATOR = struct.Struct("<4sLQL")
END64 = struct.Struct("<4sQ2H2L4Q")
CENTRAL = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
LONGEST_COMMENT = 0xFFFF
IN_ZIP64 = 0xFFFFFFFF
ZIP64 = 1  # the kind of an extra field
STORED, DEFLATED = 0, 8
ENCRYPTED, UTF8 = 0x1, 0x800


class BadZipError(Exception):
    """What is wrong with the archive's bytes."""


class ZipEntry(NamedTuple):
    """One record of a zip's directory."""

    name: str
    offset: int
    packed: int
    size: int
    crc: int
    method: int
    flags: int
    mode: int

    @property
    def encrypted(self) -> bool:
        """Whether a password protects it."""
        return bool(self.flags & ENCRYPTED)


def list_entries(stream: BinaryIO) -> Iterator[ZipEntry]:
    """Stream the directory of the zip in `stream`, in its own order.

    Raises:
        BadZipError: the archive is cut short or is none.
    """
    start, end = _find_directory(stream)
    position = start
    while position < end:
        stream.seek(position)
        fixed = stream.read(CENTRAL.size)
        if len(fixed) < CENTRAL.size or not fixed.startswith(b"PK\1\2"):
            raise BadZipError("its directory is broken")
        _, _, _, flags, method, _, _, crc, packed, size, *lengths, _, _, mode, offset = CENTRAL.unpack(fixed)
        name, extra = stream.read(lengths[0]), stream.read(lengths[1])
        size, packed, offset = _widen(extra, size, packed, offset)
        if offset + packed > start:
            raise BadZipError("its directory points beyond the entries")
        yield ZipEntry(_text(name), offset, packed, size, crc, method, flags, mode >> 16)
        position += CENTRAL.size + sum(lengths)


def read_entry(stream: BinaryIO, offset: int, packed: int, size: int, crc: int, method: int) -> bytes:
    """The unpacked bytes of one entry; never unpacks more than `size`.

    Raises:
        BadZipError: they are cut short, do not unpack, or differ from their CRC.
    """
    stream.seek(offset)
    header = stream.read(LOCAL.size)
    if len(header) < LOCAL.size or not header.startswith(b"PK\3\4"):
        raise BadZipError("no entry begins there")
    *_, name, extra = LOCAL.unpack(header)
    stream.seek(name + extra, 1)
    content = stream.read(packed)
    if method == DEFLATED:
        try:
            content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, size + 1)
        except zlib.error as error:
            raise BadZipError(str(error)) from error
    if len(content) != size or zlib.crc32(content) != crc:
        raise BadZipError("its bytes differ from its size and CRC")
    return content


def _find_directory(stream: BinaryIO) -> tuple[int, int]:
    length = stream.seek(0, 2)
    start = max(0, length - END.size - LONGEST_COMMENT)
    stream.seek(start)
    tail = stream.read()
    found = tail.rfind(b"PK\5\6")
    if found < 0 or len(tail) - found < END.size:
        raise BadZipError("its end is missing")
    *_, size, offset, _ = END.unpack_from(tail, found)
    end = start + found
    stream.seek(max(0, end - END64_LOCATOR.size))
    locator = stream.read(END64_LOCATOR.size)
    if locator.startswith(b"PK\6\7"):
        _, _, end, _ = END64_LOCATOR.unpack(locator)
        stream.seek(min(end, length))
        wide = stream.read(END64.size)
        if len(wide) < END64.size or not wide.startswith(b"PK\6\6"):
            raise BadZipError("its zip64 end is broken")
        *_, size, offset = END64.unpack(wide)
    if offset + size != end:
        raise BadZipError(f"its directory should end at byte {offset + size:,} but does at {end:,}: bytes are missing")
    return offset, end


def _widen(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    values = [size, packed, offset]
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        position += 4
        if kind == ZIP64:
            field = extra[position : position + length]
            wide = struct.iter_unpack("<Q", field[: len(field) // 8 * 8])
            values = [next(wide, (value,))[0] if value == IN_ZIP64 else value for value in values]
        position += length
    return values[0], values[1], values[2]


def _text(name: bytes) -> str:
    # Many tools write UTF-8 without saying so; the format's own default is the old IBM code page.
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp437")
