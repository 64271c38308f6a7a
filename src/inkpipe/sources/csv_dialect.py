"""The dialect of a CSV file: its delimiter, and blanks between delimiters and quotes. Line ends need no detection."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = ",;\t|"  # in the order of preference if the header does not decide
QUOTED = r'"(?:[^"]|"")*+"'  # a cell in quotes; a quote within it is written twice
EXCEL_HINT = "sep="  # the line `sep=;` that Excel reads, and some programs write, above the header


def open_rows(text: str, columns: Sequence[Sequence[str]]) -> Reader:
    """A strict reader for the file's dialect.

    Blanks between a delimiter and a quote are no part of a cell. If there are any, or if the header has blanks after
    its delimiters, blanks after all delimiters are skipped, as by `csv.reader(skipinitialspace=True)`.

    Args:
        text: the file. Its lines end in LF, CRLF or CR, also mixed.
        columns: for each column that the header must have, its names as by `column_key`.
    """
    header = next(_lines(text), "")
    delimiter = max(DELIMITERS, key=lambda each: _fitness(header, each, columns))
    trimmed = _trim_quoted(text, delimiter)
    padded = trimmed != text or f"{delimiter} " in re.sub(QUOTED, "", header)
    lines = io.StringIO(trimmed, newline="")  # newline="": every kind of line end ends a line, and none is changed
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=padded, strict=True)


def column_key(name: str) -> str:
    """The name of a column in the form in which names are compared: `Image Name` and `image-name` are `image_name`."""
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def is_hint(cells: Sequence[str]) -> bool:
    """Whether a row is the line `sep=;` above the header, or a line without text."""
    return not any(map(str.strip, cells)) or cells[0].lower().startswith(EXCEL_HINT)


def _lines(text: str) -> Iterator[str]:
    """The lines from the header on."""
    for line in io.StringIO(text, newline=""):
        if not is_hint([line.strip(f'{DELIMITERS}" \r\n')]):
            yield line


def _fitness(header: str, delimiter: str, columns: Sequence[Sequence[str]]) -> tuple[int, int]:
    """The number of required columns that a delimiter makes of the header, then the number of its cells."""
    try:
        cells = next(csv.reader([_trim_quoted(header, delimiter)], delimiter=delimiter), [])
    except csv.Error:  # a field is too long: the file is no CSV, and reading its rows says so
        return 0, 0
    names = set(map(column_key, cells))
    return sum(not names.isdisjoint(column) for column in columns), len(cells)


def _trim_quoted(text: str, delimiter: str) -> str:
    """The text without the blanks around cells in quotes. Quotes in the middle of a cell are letters and stay."""
    end = rf"[{re.escape(delimiter)}\r\n]"
    blanks = rf"[^\S{re.escape(delimiter)}\r\n]*+"
    return re.sub(rf"(\A|{end}){blanks}({QUOTED}){blanks}(?={end}|\Z)", r"\1\2", text)
