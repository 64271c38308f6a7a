"""Names and texts as they can be printed, whatever bytes a file name has and whatever encoding the terminal has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TextIO

# Bytes of a file name that are not UTF-8: Python holds each as a surrogate.
BYTES = {0xDC00 + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)}
# Characters that would break a line or command the terminal.
CONTROLS = {
    code: chr(code).encode("unicode_escape").decode() for code in (*range(32), *range(127, 160), 0x2028, 0x2029)
}

NAMED = 5  # of many names in a message
# A cell of CSV that begins with one of these may be run as a formula (OWASP, "CSV Injection"), or is an escaped one.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n", "'")


def printable(text: object, stream: TextIO) -> str:
    r"""Write a name or a text so that it can be printed as a part of one line.

    Args:
        text: anything with a `str`, such as a path.
        stream: where it is printed.

    Returns:
        The text, with `\xe9` for the byte E9 of a name that is not UTF-8, and escapes for control characters and for
        what the encoding of the stream lacks.
    """
    return encodable(decodable(text).translate(CONTROLS), stream)


def encodable(text: object, stream: TextIO) -> str:
    r"""Write a name or a text so that a stream can take it, line ends and all.

    Args:
        text: anything with a `str`, such as a path.
        stream: where it is printed.

    Returns:
        The text, with escapes such as `\xe9` for what the encoding of the stream lacks.
    """
    encoding = _encoding(stream)
    return decodable(text).encode(encoding, "backslashreplace").decode(encoding)


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, such as `1 epoch` or `1,200 images`.

    Args:
        number: of things.
        noun: for one of them, whose plural ends in s.
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def some(names: Sequence[object], stream: TextIO) -> str:
    """The first of many names, for a message.

    Args:
        names: at least one.
        stream: where they are printed.
    """
    listed = "; ".join(printable(name, stream) for name in names[:NAMED])
    return f"{listed}; ..." if len(names) > NAMED else listed


def decodable(text: object) -> str:
    r"""Write a name so that every program can decode it.

    Args:
        text: anything with a `str`, such as a path.

    Returns:
        The text, with `\xe9` for the byte E9 of a name that is not UTF-8.
    """
    return str(text).translate(BYTES).encode("utf-8", "backslashreplace").decode()


def as_json(value: Any, stream: TextIO) -> str:
    """Write JSON that a stream can take.

    Args:
        value: for `json.dumps`; its texts are `decodable`.
        stream: where it is printed.

    Returns:
        Indented JSON, in ASCII if the encoding of the stream is not of Unicode.
    """
    return json.dumps(value, indent=2, ensure_ascii=not _encoding(stream).lower().startswith("utf"))


def neutralized(cell: Any) -> Any:
    """A cell that no spreadsheet runs as a formula.

    A text that begins with `=`, `+`, `-`, `@`, also full-width, a tab, a line end or an apostrophe gets an apostrophe
    in front. So a reader gets the original by taking one apostrophe from the front of every cell that has one there.

    Args:
        cell: a text, a number or None.

    Returns:
        The cell, escaped if it is such a text.
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _encoding(stream: TextIO) -> str:
    return getattr(stream, "encoding", None) or "utf-8"
