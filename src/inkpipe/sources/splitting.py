"""In which split a sample is: as the data says, or by a hash, in such a way that a group stays in one split."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from inkpipe.data.corpus import SPLITS
from inkpipe.errors import InkpipeError
from inkpipe.sources.file_kinds import EXTENSION
from inkpipe.sources.unit import Unit

# Columns that name a group by themselves, the widest first: whoever wrote a page is in one split with all its pages.
GROUP_COLUMNS = ("group", "writer", "writer_id", "author", "scribe", "hand", "volume", "document", "page", "form")
# What people call splits, in names of files and folders and in columns.
SPLIT_NAMES = {
    **{split: split for split in SPLITS},
    **dict.fromkeys(("training", "trn"), "train"),
    **dict.fromkeys(("val", "valid", "dev", "eval"), "validation"),
    **dict.fromkeys(("testing", "tst"), "test"),
}
OTHER_SPLITS = frozenset(SPLITS) - {"train"}
WORDS = re.compile(r"[^a-z]+")


@dataclass(frozen=True)
class Groups:
    """What must not be in two splits.

    Attributes:
        by: how groups are known, for people: the column or the pattern.
        column: the column of which each value is a group; None if it is the pattern.
        pattern: finds the group in the name of a file: its first group in parentheses, or all that it matches.
    """

    by: str
    column: str | None = None
    pattern: re.Pattern[str] | None = None

    def of(self, unit: Unit) -> str | None:
        """The group of a unit; None if the column has no value, or the pattern does not match."""
        if self.pattern is None:
            return unit.extra.get(self.column or "")
        match = self.pattern.search(unit.name)
        return (match[1] if self.pattern.groups else match[0]) if match else None


def find_groups(
    units: Sequence[Unit], columns: Sequence[str], column: str | None, pattern: str | None
) -> Groups | None:
    """Decide how groups are known.

    Args:
        units: all of the data.
        columns: its further columns.
        column: the one that names the group; None for the first of `GROUP_COLUMNS` that there is.
        pattern: a regular expression on the names of files, which counts more than columns; None for none.

    Returns:
        None if no group is known.

    Raises:
        InkpipeError: there is no such column, or the pattern matches no name.
    """
    if pattern is not None:
        groups = Groups(f"pattern {pattern}", pattern=re.compile(pattern))
        if units and not any(groups.of(unit) for unit in units):
            raise InkpipeError(
                f"data.folder.group_pattern finds no group in any name. Received: {pattern!r}, and names such as "
                f"{', '.join(unit.name for unit in units[:3])}. Correct the pattern, or set it to null."
            )
        return groups
    if column is None:
        folded = {name.lower(): name for name in reversed(columns)}
        found = next((folded[name] for name in GROUP_COLUMNS if name in folded), None)
        return Groups(f"column {found}", column=found) if found else None
    if column not in columns:
        raise InkpipeError(
            f"data.folder.group_column names no column of the data. Received: {column!r}; "
            f"the data has: {', '.join(columns) or 'no further columns'}. Name one of those, or set it to null."
        )
    return Groups(f"column {column}", column=column)


def assign_splits(
    units: Sequence[Unit], groups: Groups | None, fractions: Mapping[str, float], *, complete: bool
) -> dict[str, list[Unit]]:
    """Put each unit into a split. A split that the data names counts; else the hash of the group, or of the name.

    Where there are few groups, one of them is moved to a split that would be empty.

    Args:
        units: in the order in which they are read.
        groups: what must not be in two splits; None if that is not known.
        fractions: split to fraction of the units whose split is not named, 0 to 1; `train` gets the rest.
        complete: where names of files and folders give the splits: take splits that none of them names from those for
            training, and ignore the names if none is for training.

    Returns:
        The units by split, in their order. A split without any is absent.
    """
    named = {unit.split for unit in units}
    missing = {split: fraction for split, fraction in fractions.items() if split not in named}

    def open_to(unit: Unit) -> Mapping[str, float]:
        """The fractions by which the unit's split is chosen; none if the data names it."""
        if unit.split is None or (complete and "train" not in named):
            return fractions
        return missing if complete and unit.split == "train" else {}

    keys = [(groups.of(unit) if groups else None) or unit.name for unit in units]
    splits = [
        split_by_hash(key, choice) if (choice := open_to(unit)) else str(unit.split)
        for unit, key in zip(units, keys, strict=True)
    ]
    if groups:
        movable = {key for unit, key in zip(units, keys, strict=True) if open_to(unit)}
        moved = _fill(dict(zip(keys, splits, strict=True)), movable, fractions)
        splits = [moved.get(key, split) for key, split in zip(keys, splits, strict=True)]
    by_split: dict[str, list[Unit]] = {}
    for unit, split in zip(units, splits, strict=True):
        by_split.setdefault(split, []).append(unit)
    return by_split


def splits_by_hash(units: Iterable[Unit], *, complete: bool) -> frozenset[str]:
    """The splits beside `train` for which `assign_splits` chooses units, so that the fractions decide on their size.

    Args:
        units: as of `assign_splits`.
        complete: likewise.
    """
    named = {unit.split for unit in units}
    if None in named or (complete and "train" not in named):
        return OTHER_SPLITS
    return OTHER_SPLITS - named if complete else frozenset()


def _fill(splits: Mapping[str, str], movable: Collection[str], fractions: Mapping[str, float]) -> dict[str, str]:
    """Groups to move, so that a few groups leave no split empty.

    An empty split gets, of the split with the most groups, the group whose hash is lowest.
    """
    members = {split: sorted((key for key in movable if splits[key] == split), key=_place) for split in SPLITS}
    wanted = ["train", *(split for split, fraction in fractions.items() if fraction > 0)]
    moved: dict[str, str] = {}
    for split in wanted:
        largest = max(members.values(), key=len)
        if split not in splits.values() and len(largest) > 1:
            key = largest.pop(0)
            members[split].append(key)
            moved[key] = split
    return moved


def split_by_hash(name: str, fractions: Mapping[str, float]) -> str:
    """The split of a sample by the hash of its name, or of its group's. Other samples do not change it.

    Args:
        name: of the sample or the group.
        fractions: split to fraction of all samples, 0 to 1; `train` gets the rest.

    Returns:
        One of the splits in `fractions`, or `train`.
    """
    place = _place(name)
    for split, fraction in fractions.items():
        if place < fraction:
            return split
        place -= fraction
    return "train"


def _place(name: str) -> float:
    """The hash of a name, uniform in 0 to 1."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64


def split_of_path(path: str) -> str | None:
    """The split that a path names, by the last of its parts that has one of `SPLIT_NAMES` among its words.

    Args:
        path: of a file, such as `data/train-00000-of-00002.parquet` or `lines/val/0001.png`.
    """
    for part in reversed(path.lower().split("/")):
        named = {SPLIT_NAMES[word] for word in WORDS.split(posixpath.splitext(part)[0]) if word in SPLIT_NAMES}
        if len(named) == 1:
            return named.pop()
    return None


def come_from_pages(names: Iterable[str]) -> bool:
    """Whether files are probably several lines of each of several pages, by their names.

    Args:
        names: of image files, such as `0024_line_03.png` or `page 7/12.png`.

    Returns:
        True if most names, but for their last number, are shared by other names and hold a number or a folder of
        their own.
    """
    pages: dict[str, int] = {}
    for name in names:
        page = re.sub(r"\d+\D*$", "", re.sub(rf"\.{EXTENSION}$", "", name, flags=re.IGNORECASE))
        pages[page] = pages.get(page, 0) + 1
    telling = {page: count for page, count in pages.items() if count > 1 and re.search(r"\d|/.", page)}
    return len(telling) > 1 and 2 * sum(telling.values()) > sum(pages.values())
