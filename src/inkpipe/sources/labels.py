"""Label files: CSV as people and spreadsheets write it."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from inkpipe.errors import InkpipeError
from inkpipe.progress import say

FILENAME, LABEL, SPLIT = ("filename",), ("label", "identity"), ("split",)
DELIMITERS = ",;\t"
STRAY_SHARE = 0.01  # of the lines beyond ASCII: fewer that are not UTF-8 are damage, more are another encoding


class Row(NamedTuple):
    """One row of a label file. Every text that is not blank is a label, `NA` and `NULL` too.

    `split` is in lower case, null where the file has no such column.
    """

    line: int
    filename: str
    label: str | None
    split: str | None


def read_labels(content: bytes, name: str) -> Iterator[Row]:
    """The rows of a CSV with a header that names `filename`, `label` (or `IDENTITY`) and perhaps `split`, in any case.

    UTF-8 with or without BOM, UTF-16 with BOM, Windows-1252 or Latin-1; any line ends; comma, semicolon or tab; quoted
    or not.

    Args:
        content: the file's bytes.
        name: how messages call the file.

    Raises:
        InkpipeError: a column is missing or there twice, a row has more cells than the header, a field is too long,
            quotes are not closed, or some lines of a UTF-8 file are not UTF-8.
    """
    text = _decode(content, name)
    header_end = text.find("\n")
    header = text[: header_end if header_end >= 0 else None]
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=max(DELIMITERS, key=header.count),
        strict=True,
    )
    try:
        columns = [column.strip() for column in next(reader, [])]
        filename, label = _find(columns, FILENAME, name), _find(columns, LABEL, name)
        split = _find(columns, SPLIT, name) if SPLIT[0] in map(str.lower, columns) else None
        for found in reader:
            if any(found):
                _check_width(found, columns, name, reader.line_num)
                cells = found + [""] * (len(columns) - len(found))
                text, of_split = cells[label], None if split is None else cells[split].strip().lower()
                yield Row(reader.line_num, cells[filename].strip(), text if text.strip() else None, of_split)
    except csv.Error as error:
        raise InkpipeError(
            f"{name} is not well-formed CSV. Received: {error} near line {reader.line_num}. "
            "Close the quotes there; a quote within a quoted label is written twice. "
            f"A field has at most {csv.field_size_limit():,} characters: shorten a longer one."
        ) from error


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text, encoding = _decode_other(content, name)
        say(f"{name} is not UTF-8: it is read as {encoding}.")
        return text


def _decode_other(content: bytes, name: str) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace"), "UTF-16"
    _require_no_stray_bytes(content, name)
    try:
        return content.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:  # it has one of the five bytes that Windows leaves undefined
        return content.decode("latin-1"), "Latin-1"


def _require_no_stray_bytes(content: bytes, name: str) -> None:
    """Refuse a file that is UTF-8 but for a few lines: any other encoding would spoil all the good ones."""
    lines = [(number, line) for number, line in enumerate(content.splitlines(), 1) if not line.isascii()]
    stray = [(number, line) for number, line in lines if not _is_utf8(line)]
    if content.startswith(codecs.BOM_UTF8) or len(stray) < STRAY_SHARE * len(lines):
        number, line = stray[0]
        raise InkpipeError(
            f"Line {number} of {name} is not UTF-8, as the file is but for {len(stray):,} of its lines. "
            f"Received: {line[:80]!r}. Correct them, or save the file anew as UTF-8."
        )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _find(columns: Sequence[str], names: Sequence[str], file: str) -> int:
    found = [place for place, column in enumerate(columns) if column.lower() in names]
    if len(found) == 1:
        return found[0]
    wanted = " or ".join(map(repr, names))
    raise InkpipeError(
        f"{file} has {'more than one' if found else 'no'} column {wanted}. Received the columns: {columns}. "
        "Name each once in its first line: filename,label[,split] or FILENAME,IDENTITY."
    )


def _check_width(cells: Sequence[str], columns: Sequence[str], name: str, line: int) -> None:
    if any(cells[len(columns) :]):
        raise InkpipeError(
            f"Line {line} of {name} has {len(cells)} cells under {len(columns)} columns. Received: {list(cells)}. "
            "Put a label that holds the delimiter in quotes."
        )
