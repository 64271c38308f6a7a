"""Label files: CSV as people and spreadsheets write it."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from inkpipe.data.corpus import ORIGIN, SCHEMA
from inkpipe.data.manifest import MANIFEST, QUARANTINE
from inkpipe.errors import InkpipeError
from inkpipe.progress import say
from inkpipe.sources.csv_dialect import column_key, is_hint, open_rows
from inkpipe.sources.file_kinds import EXTENSION
from inkpipe.sources.join import NO_EXTRA
from inkpipe.sources.outer_characters import OuterCharacters

if TYPE_CHECKING:
    from _csv import Reader

# The names of columns as by `column_key`, as people, Kaggle and Hugging Face write them. Of several the first counts.
FILENAME = ("filename", "file_name", "image_filename", "image_path", "image_file", "image_name", "image", "img", "file",
            "file_path", "filepath", "path", "img_path", "img_name", "image_id", "fname",
            "dateiname", "datei", "bild", "fichier", "nom_fichier")  # fmt: skip
LABEL = ("label", "identity", "text", "transcription", "transcript", "ground_truth", "groundtruth", "gt", "sentence",
         "line_text", "text_line", "word", "words", "content",
         "transkription", "transkript", "texte", "texto", "transcripcion")  # fmt: skip
SPLIT = ("split", "subset")
LIST_LINE = re.compile(rf"(.+?\.{EXTENSION})[\t,;| ](.*)", re.IGNORECASE)
LINE_END = re.compile(r"\r\n|\r|\n")  # other signs that Python takes for line ends may stand in a text
BOMS_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Columns of a manifest, under whose names no further column may travel there.
RESERVED = frozenset({*MANIFEST.names, *QUARANTINE.names, *SCHEMA.names, ORIGIN})
# Fraction of the lines beyond ASCII. If fewer of them are not UTF-8, those are damaged; if more, the file has another
# encoding.
MAX_STRAY_FRACTION = 0.01


class CsvRow(NamedTuple):
    """One row of a label file.

    Attributes:
        line: its line in the file, from 1.
        filename: the name of the image, without blanks around it; empty if the row has none.
        label: the text, untouched; `NA` and `NULL` are texts like any other. None if it is blank.
        split: in lower case; None if the file has no such column.
        extra: the further columns that have a name, without blanks around the values; None for an empty one.
    """

    line: int
    filename: str
    label: str | None
    split: str | None
    extra: Mapping[str, str | None] = NO_EXTRA


def read_labels(content: bytes, name: str) -> Iterator[CsvRow]:
    """Stream the rows of a CSV whose header names one of `FILENAME`, one of `LABEL` and perhaps one of `SPLIT`.

    Further columns are kept; one under a name of `RESERVED` gets `source_` before its name.

    The file may be UTF-8 with or without BOM, UTF-16 with BOM, Windows-1252 or Latin-1; have any line ends; separate
    cells by comma, semicolon, tab or `|`, with blanks around it; quote them or not. A quote in the middle of
    an unquoted cell is a letter.

    After the last row a line names each character that probably does not belong to the labels.

    Args:
        content: the file's bytes.
        name: the file's name, for messages.

    Yields:
        The rows that are not empty.

    Raises:
        InkpipeError: a column is missing or stands twice, a row has more cells than the header, a field is too long,
            quotes are not closed, or some lines of a UTF-8 file are not UTF-8.
    """
    reader = open_rows(decode_text(content, name), (FILENAME, LABEL))
    outer = OuterCharacters()
    try:
        for row in _rows(reader, name):
            if row.label:
                outer.add(row.label)
            yield row
    except csv.Error as error:
        raise InkpipeError(
            f"{name} is not well-formed CSV. Received: {error} near line {reader.line_num}. "
            "Close the quotes there; a quote within a quoted label is written twice. "
            f"A field has at most {csv.field_size_limit():,} characters: shorten a longer one."
        ) from error
    _say_what_is_outside(outer, name)


def _say_what_is_outside(outer: OuterCharacters, name: str) -> None:
    for warning in outer.warnings():
        say(f"{name}: {warning}. Check it against the images: if it is not written there, remove it from the labels.")


def _rows(reader: Reader, name: str) -> Iterator[CsvRow]:
    header = next((cells for cells in reader if not is_hint(cells)), [])
    columns = [column.strip() for column in header]
    filename, label = _column(columns, FILENAME, name), _column(columns, LABEL, name)
    split = _column(columns, SPLIT, name) if set(SPLIT) & set(map(column_key, columns)) else None
    extra = further_columns(columns, (filename, label, split))
    for cells in reader:
        if any(map(str.strip, cells)):
            _require_width(cells, columns, name, reader.line_num)
            padded = cells + [""] * (len(columns) - len(cells))
            text = padded[label] if padded[label].strip() else None
            yield CsvRow(
                line=reader.line_num,
                filename=padded[filename].strip(),
                label=text,
                split=None if split is None else padded[split].strip().lower(),
                extra={column: padded[place].strip() or None for column, place in extra.items()} if extra else NO_EXTRA,
            )


def further_columns(columns: Sequence[str], used: Collection[int | None]) -> dict[str, int]:
    """The columns that travel on beside name, label and split.

    Args:
        columns: all columns of a table.
        used: the places of those that are used otherwise.

    Returns:
        Name to place. Columns without a name are left out, and so is a name that comes again.
    """
    further: dict[str, int] = {}
    for place, column in enumerate(columns):
        if column and place not in used:
            further.setdefault(f"source_{column}" if column in RESERVED else column, place)
    return further


def is_label_table(head: bytes) -> bool:
    """Whether a file begins like a table of images and texts: with a header, or as `is_list` says.

    Args:
        head: its first bytes, or all of them.
    """
    first = first_line(head)
    if is_list(first):
        return True
    try:
        cells = set(map(column_key, next(open_rows(first, (FILENAME, LABEL)), [])))
    except csv.Error:
        return False
    return not cells.isdisjoint(FILENAME) and not cells.isdisjoint(LABEL)


def first_line(head: bytes) -> str:
    """The first line of a table that has a text, mostly its header; empty if there is none.

    Args:
        head: the first bytes of the file, or all of them.
    """
    text = head.decode("utf-16" if head.startswith(BOMS_UTF16) else "utf-8-sig", errors="replace")
    return next((line for line in text.splitlines() if not is_hint([line.strip()])), "")


def is_list(line: str) -> bool:
    """Whether a line is of a list without a header: the name of an image, a delimiter or a blank, and a text."""
    return bool(LIST_LINE.fullmatch(line.strip("\r\n")))


def read_list(content: bytes, name: str) -> Iterator[CsvRow]:
    """Stream the rows of a list without a header. Quotes are letters there, and what follows the text belongs to it.

    After the last row a line names each character that probably does not belong to the labels.

    Args:
        content: the file's bytes.
        name: the file's name, for messages.

    Raises:
        InkpipeError: a line is not one, or some lines of a UTF-8 file are not UTF-8.
    """
    outer = OuterCharacters()
    for number, line in enumerate(LINE_END.split(decode_text(content, name)), 1):
        match = LIST_LINE.fullmatch(line)
        if match:
            outer.add(match[2])
            yield CsvRow(number, match[1].strip(), match[2] if match[2].strip() else None, None)
        elif line.strip():
            raise InkpipeError(
                f"Line {number} of {name} does not begin with the name of an image. Received: {line[:80]!r}. "
                "Write image and text with a tab between, or a header such as filename,label above."
            )
    _say_what_is_outside(outer, name)


def decode_text(content: bytes, name: str) -> str:
    """A text file in whatever encoding it is: UTF-8 with or without BOM, UTF-16 with BOM, Windows-1252 or Latin-1.

    Args:
        content: the file's bytes.
        name: the file's name, for messages.

    Raises:
        InkpipeError: some lines of a UTF-8 file are not UTF-8.
    """
    try:
        return content.decode("utf-8-sig").removeprefix("\ufeff")  # joined files have two
    except UnicodeDecodeError:
        text, encoding = _decode_other(content, name)
        say(f"{name} is not UTF-8: it is decoded as {encoding}.")
        return text


def _decode_other(content: bytes, name: str) -> tuple[str, str]:
    if content.startswith(BOMS_UTF16):
        return content.decode("utf-16", errors="replace"), "UTF-16"
    _require_no_stray_bytes(content, name)
    try:
        return content.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:  # it has one of the five bytes that Windows leaves undefined
        return content.decode("latin-1"), "Latin-1"


def _require_no_stray_bytes(content: bytes, name: str) -> None:
    """Refuse a file of which only a few lines are not UTF-8: any other encoding would spoil the rest of them."""
    lines = [(number, line) for number, line in enumerate(content.splitlines(), 1) if not line.isascii()]
    stray = [(number, line) for number, line in lines if not _is_utf8(line)]
    if content.startswith(codecs.BOM_UTF8) or len(stray) < MAX_STRAY_FRACTION * len(lines):
        number, line = stray[0]
        raise InkpipeError(
            f"Line {number} of {name} is not UTF-8. All of the file is UTF-8 except {len(stray):,} of its lines. "
            f"Received: {line[:80]!r}. Correct those lines, or save the file anew as UTF-8."
        )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _column(columns: Sequence[str], names: Sequence[str], file: str) -> int:
    """The position of the column with the first of these names that there is."""
    keys = list(map(column_key, columns))
    name = next((name for name in names if name in keys), None)
    if name is not None and keys.count(name) == 1:
        return keys.index(name)
    listed = repr(name) if name else f"{names[0]!r} (or {', '.join(names[1:])})"
    raise InkpipeError(
        f"{file} has {'more than one' if name else 'no'} column {listed}. Received the columns: {columns}. "
        "Name each once in its first line: filename,label[,split] or FILENAME,IDENTITY."
    )


def _require_width(cells: Sequence[str], columns: Sequence[str], name: str, line: int) -> None:
    if any(cells[len(columns) :]):
        raise InkpipeError(
            f"Line {line} of {name} has {len(cells)} cells under {len(columns)} columns. Received: {list(cells)}. "
            "Put a label that holds the delimiter in quotes."
        )
