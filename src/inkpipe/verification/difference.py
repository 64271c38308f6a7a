"""The first place where two files that should be the same differ: row, weight, pixel, key or byte."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from inkpipe.imaging.opencv import cv2
from inkpipe.params.flatten import flatten


def first_difference(one: Path, other: Path) -> str | None:
    """Find where two files or folders differ.

    Args:
        one: a file or a folder.
        other: the one that should be the same.

    Returns:
        The file and the first place in it, in words; None if all bytes are equal.
    """
    if one.is_dir() and other.is_dir():
        names = sorted({str(path.relative_to(root)) for root in (one, other) for path in root.rglob("*")})
        found = ((name, first_difference(one / name, other / name)) for name in names if not (one / name).is_dir())
        return next((f"{name}: {place}" for name, place in found if place), None)
    if not one.exists() or not other.exists():
        return "only one of the two runs made it"
    left, right = one.read_bytes(), other.read_bytes()
    if left == right:
        return None
    return _place(one, other) or _byte(left, right)


def _place(one: Path, other: Path) -> str | None:
    """The place in a file of a known format; None if it looks the same, or if it is not such a file."""
    find = FORMATS.get(one.suffix)
    try:
        return find(one, other) if find else None
    except (OSError, ValueError, KeyError):  # damaged, or not what its name says: the bytes are compared
        return None


def _byte(left: bytes, right: bytes) -> str:
    pairs = zip_longest(left, right)
    position = next(i for i, (a, b) in enumerate(pairs) if a != b)
    return f"byte {position:,}, of {len(left):,} and {len(right):,} bytes"


def _line(one: Path, other: Path) -> str | None:
    lines = (path.read_text(encoding="utf-8").splitlines() for path in (one, other))
    for number, (a, b) in enumerate(zip_longest(*lines), start=1):
        if a != b:
            return f"line {number}: {a!r:.80} and {b!r:.80}"
    return None


def _key(one: Path, other: Path) -> str | None:
    a, b = (_leaves(json.loads(path.read_text(encoding="utf-8"))) for path in (one, other))
    name = next((name for name in sorted(a.keys() | b.keys()) if a.get(name) != b.get(name)), None)
    return None if name is None else f"{name}: {a.get(name)!r:.80} and {b.get(name)!r:.80}"


def _leaves(content: Any) -> dict[str, Any]:
    return flatten(content) if isinstance(content, dict) else {"content": content}


def _row(one: Path, other: Path) -> str | None:
    a, b = pd.read_parquet(one), pd.read_parquet(other)
    if list(a) != list(b) or len(a) != len(b):
        return f"{len(a):,} rows of {', '.join(map(str, a))} and {len(b):,} rows of {', '.join(map(str, b))}"
    for row, (left, right) in enumerate(zip(a.itertuples(index=False), b.itertuples(index=False), strict=True)):
        for name, x, y in zip(a, left, right, strict=True):
            if not (x == y or (pd.isna(x) and pd.isna(y))):
                return f"row {row:,}, column {name}: {x!r:.60} and {y!r:.60}"
    return None


def _weight(one: Path, other: Path) -> str | None:
    with h5py.File(one) as a, h5py.File(other) as b:
        for name in _datasets(a):
            left, right = np.asarray(a[name]), np.asarray(b[name]) if name in b else None
            if right is None or left.shape != right.shape:
                return f"weights {name}: other shape"
            if (left != right).any():
                position = tuple(int(i) for i in np.argwhere(left != right)[0])
                return f"weight {name}{list(position)}: {left[position]!r} and {right[position]!r}"
    return None


def _datasets(file: h5py.File) -> Iterator[str]:
    names: list[str] = []
    file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    return iter(sorted(names))


def _array(one: Path, other: Path) -> str | None:
    with np.load(one, allow_pickle=False) as a, np.load(other, allow_pickle=False) as b:
        if a.files != b.files:
            return f"arrays {', '.join(a.files)} and {', '.join(b.files)}"
        name = next((name for name in a.files if not np.array_equal(a[name], b[name])), None)
    return None if name is None else f"array {name}"


def _record(one: Path, other: Path) -> str | None:
    """The number of the first differing record of two TFRecord files: length, checksum, data, checksum."""
    for number, (a, b) in enumerate(zip_longest(_records(one), _records(other)), start=1):
        if a != b:
            return f"record {number}"
    return None


def _records(path: Path) -> Iterator[bytes]:
    content = memoryview(path.read_bytes())
    while content:
        end = 12 + int.from_bytes(content[:8], "little") + 4
        yield bytes(content[:end])
        content = content[end:]


def _pixel(one: Path, other: Path) -> str | None:
    a, b = (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in (one, other))
    if a is None or b is None:
        return None
    if a.shape != b.shape:
        return f"sizes {a.shape} and {b.shape}"
    places = np.argwhere(a != b)
    if not len(places):
        return None
    place = tuple(int(i) for i in places[0])
    return f"pixel row {place[0]}, column {place[1]}: {a[place]!r} and {b[place]!r}"


FORMATS: dict[str, Callable[[Path, Path], str | None]] = {
    ".csv": _line,
    ".html": _line,
    ".txt": _line,
    ".json": _key,
    ".parquet": _row,
    ".h5": _weight,
    ".npz": _array,
    ".tfrecord": _record,
    ".png": _pixel,
}
