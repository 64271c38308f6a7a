"""Leakage: images of one split that a later split has too, byte by byte or saved anew."""

from __future__ import annotations

import numpy as np

from inkpipe.contract.fingerprint import near_pairs

INK_RATIO = 1.5  # between the shares of ink of a picture and of a copy of it at most


def identical(split: np.ndarray, digest: np.ndarray) -> dict[int, int]:
    """Rows whose very bytes a later split has too.

    Args:
        split: int (n,), each row's split, later ones higher; rows are in the order of splits.
        digest: uint8 (n, 32).

    Returns:
        For each such row, the first row of the last split that has the same bytes.
    """
    return _later_twins(split, *_groups(digest))


def near_identical(split: np.ndarray, fingerprint: np.ndarray, ink: np.ndarray, distance: int) -> dict[int, int]:
    """Rows that resemble a row in a later split: by perceptual hash, which differs in few bits, and by share of ink.

    To the hash, two words of two letters each on the same large form are much alike.

    Args:
        split: as in `identical`.
        fingerprint: uint32 (n, 8), see `inkpipe.contract.fingerprint`.
        ink: float (n,), the share of ink.
        distance: bits that may differ.

    Returns:
        As `identical`.
    """
    group, first = _groups(fingerprint.view(np.uint8))
    twin = _last_rows(split, group, len(first))
    best = twin.copy()  # of each group, the row of the last split among its own and its neighbours'
    for left, right in near_pairs(fingerprint[first], distance):
        alike = as_much_ink(ink[first[left]], ink[first[right]])
        for one, other in ((left[alike], right[alike]), (right[alike], left[alike])):
            later = np.nonzero(split[twin[other]] > split[best[one]])[0]
            later = later[np.argsort(split[twin[other[later]]], kind="stable")]  # the last assignment wins
            best[one[later]] = twin[other[later]]
    return _twins(split, group, best)


def as_much_ink(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Which shares of ink may be of the same picture, bool (n,)."""
    return np.maximum(one, other) <= INK_RATIO * np.minimum(one, other)


def _later_twins(split: np.ndarray, group: np.ndarray, first: np.ndarray) -> dict[int, int]:
    return _twins(split, group, _last_rows(split, group, len(first)))


def _groups(digests: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The group of equal digests that each row belongs to, and each group's first row."""
    words = np.ascontiguousarray(digests).view(np.uint64).T  # one word at a time: whole digests would be copied twice
    order = np.lexsort(words)
    starts = np.ones(len(order), bool)
    starts[1:] = False
    for word in words:
        ordered = word[order]
        starts[1:] |= ordered[1:] != ordered[:-1]
    group = np.empty(len(order), np.int64)
    group[order] = np.cumsum(starts) - 1
    return group, order[starts]


def _last_rows(split: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """The first row of the last split in each group."""
    last = np.zeros(groups, split.dtype)
    np.maximum.at(last, group, split)
    rows = np.nonzero(split == last[group])[0][::-1]
    twin = np.zeros(groups, np.int64)
    twin[group[rows]] = rows  # rows fall, so the first one is what stays
    return twin


def _twins(split: np.ndarray, group: np.ndarray, best: np.ndarray) -> dict[int, int]:
    rows = np.nonzero(split[best[group]] > split)[0]
    return dict(zip(rows.tolist(), best[group[rows]].tolist(), strict=True))
