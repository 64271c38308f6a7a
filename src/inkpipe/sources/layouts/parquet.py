"""The layout of Hugging Face: Parquet files with a column of images and a column of texts.

    data/train-00000-of-00002.parquet      image: {bytes, path} or bytes; text: string; any further columns

The names of files give the splits. Images without their bytes, of which only a path is stored, are skipped. Texts are
strings of any kind that Arrow has; where no column of texts is a string, whole numbers are texts, unless they are the
numbers of classes (`ClassLabel`).
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, ClassVar, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from inkpipe.data.corpus import Sample
from inkpipe.errors import InkpipeError
from inkpipe.sources.csv_dialect import column_key
from inkpipe.sources.entries import Entry, Files
from inkpipe.sources.file_kinds import list_unlabeled
from inkpipe.sources.join import UnlabeledFile
from inkpipe.sources.label_files import LABEL, further_columns
from inkpipe.sources.listing import LABEL_WITHOUT_IMAGE, ListedFile, Listing
from inkpipe.sources.splitting import split_of_path
from inkpipe.sources.unit import Unit

IMAGE = ("image", "img", "image_bytes", "png", "jpg", "jpeg")  # the names of the column, the best first
STRINGS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
BINARIES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
ROWS_AT_ONCE = 64  # rows whose images are in memory


class _Place(NamedTuple):
    """Where a sample lies."""

    entry: Entry
    row: int
    label: str | None


class _Columns(NamedTuple):
    """The columns of a file."""

    image: str
    label: str
    extra: dict[str, str]  # name in the corpus to name in the file


class ParquetLayout:
    """See the module, and `Layout`.

    Args:
        label_files: the files.
    """

    name: ClassVar[str] = "parquet"
    expects: ClassVar[str] = "Parquet file of images and texts"
    content: ClassVar[str] = "the columns image and text"
    completes_splits: ClassVar[bool] = True
    names_files: ClassVar[bool] = False

    def __init__(self, label_files: Sequence[Entry]) -> None:
        self.label_files = tuple(label_files)
        self._extra: dict[str, None] = {}

    @classmethod
    def find(cls, entries: Sequence[Entry], files: Files) -> ParquetLayout | None:
        """See `Layout.find`."""
        candidates = [entry for entry in entries if entry.name.lower().endswith(".parquet")]
        found = []
        for entry in candidates:
            with files.open(entry) as stream:
                if _columns(_opened(stream, entry).schema_arrow):
                    found.append(entry)
        return cls(found) if found else None

    def extra_columns(self) -> Sequence[str]:
        """See `Layout.extra_columns`."""
        return tuple(self._extra)

    def units(
        self,
        files: Files,
        entries: Sequence[Entry],
        skipped: Listing,
        noticed: Listing,
        *,
        untranscribed: bool = False,
    ) -> list[Unit]:
        """See `Layout.units`."""
        units = [unit for entry in self.label_files for unit in self._units(entry, files, skipped)]
        names = {entry.name for entry in self.label_files}
        list_unlabeled((UnlabeledFile(entry) for entry in entries), names, skipped)
        return units

    def samples(
        self, files: Files, units: Sequence[Unit], noticed: Listing, workers: str | None
    ) -> Iterator[tuple[Unit, Iterable[Sample]]]:
        """See `Layout.samples`."""
        for entry, group in groupby(units, key=lambda unit: unit.place.entry):
            wanted = {unit.place.row: unit for unit in group}
            with files.open(entry) as stream:
                file = _opened(stream, entry)
                column = _required(file.schema_arrow, entry).image
                for row, value in _values(file, [column]):
                    if unit := wanted.get(row):
                        yield unit, [Sample(unit.name, unit.place.label, _bytes(value[column]) or b"", unit.extra)]

    def _units(self, entry: Entry, files: Files, skipped: Listing) -> Iterator[Unit]:
        split, stem = split_of_path(entry.name), posixpath.splitext(entry.name)[0]
        with files.open(entry) as stream:
            file = _opened(stream, entry)
            columns = _required(file.schema_arrow, entry)
            self._extra.update(dict.fromkeys(columns.extra))
            for row, value in _values(file, [columns.image, columns.label, *columns.extra.values()]):
                name, label = f"{stem}/{row:06d}", _label(value[columns.label])
                if not _bytes(value[columns.image]):
                    skipped.add(ListedFile(split, name, LABEL_WITHOUT_IMAGE, label))
                    continue
                extra = {key: _text(value[column]) for key, column in columns.extra.items()}
                yield Unit(name, 1, split, extra, _Place(entry, row, label))


def _opened(stream: Any, entry: Entry) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(stream)
    except pa.ArrowInvalid as error:
        raise InkpipeError(f"{entry.name} is no whole Parquet file. Received: {error}. Fetch it again.") from error


def _columns(schema: pa.Schema) -> _Columns | None:
    """The columns of a file; None if it has no images or no texts."""
    keys = {column_key(name): name for name in reversed(schema.names)}
    image = next((keys[name] for name in IMAGE if name in keys and _holds_images(schema.field(keys[name]).type)), "")
    label = next((keys[name] for texts in _texts(schema) for name in LABEL if keys.get(name) in texts), "")
    if not image or not label:
        return None
    plain = [name for name in schema.names if not pa.types.is_nested(schema.field(name).type)]
    used = [plain.index(name) if name in plain else None for name in (image, label)]
    further = {key: plain[place] for key, place in further_columns(plain, used).items()}
    extra = {key: name for key, name in further.items() if not _is_binary(schema.field(name).type)}
    return _Columns(image, label, extra)


def _required(schema: pa.Schema, entry: Entry) -> _Columns:
    columns = _columns(schema)
    if columns is None:
        raise InkpipeError(f"{entry.name} has no images and texts. Received the columns: {schema.names}.")
    return columns


def _texts(schema: pa.Schema) -> tuple[set[str], set[str]]:
    """The columns that may hold texts: strings, which count first, and whole numbers."""
    plain = {field.name: field.type.value_type if _is_encoded(field.type) else field.type for field in schema}
    strings = {name for name, kind in plain.items() if any(is_kind(kind) for is_kind in STRINGS)}
    numbers = {name for name, kind in plain.items() if pa.types.is_integer(kind)}
    return strings, numbers - _class_numbers(schema)


def _class_numbers(schema: pa.Schema) -> set[str]:
    """The columns whose numbers stand for classes, as Hugging Face notes beside the schema."""
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        return {name for name, feature in features.items() if feature["_type"] == "ClassLabel"}
    except (ValueError, LookupError, TypeError, AttributeError):  # no such note, or one of another form
        return set()


def _is_encoded(kind: pa.DataType) -> bool:
    return bool(pa.types.is_dictionary(kind))


def _holds_images(kind: pa.DataType) -> bool:
    struct = pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0
    return struct or _is_binary(kind)


def _is_binary(kind: pa.DataType) -> bool:
    return any(is_kind(kind) for is_kind in BINARIES)


def _values(file: pq.ParquetFile, columns: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a file, numbered from 0."""
    row = 0
    for batch in file.iter_batches(ROWS_AT_ONCE, columns=columns, use_threads=False):
        for value in batch.to_pylist():
            yield row, value
            row += 1


def _bytes(value: Any) -> bytes | None:
    return value.get("bytes") if isinstance(value, dict) else value


def _label(value: Any) -> str | None:
    """A text, untouched; None if it is blank."""
    text = "" if value is None else str(value)
    return text if text.strip() else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value).strip() or None
