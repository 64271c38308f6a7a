"""The search for leakage: images of one split that a later split has too, with the same bytes or saved anew."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from inkpipe.contract.fingerprint import near_pairs
from inkpipe.contract.measurements import ImageMeasurements
from inkpipe.contract.verdicts import Violations, quarantined_rows
from inkpipe.params.validate import RulesParams
from inkpipe.rules.leakage import IdenticalImages, NearIdenticalImages

INK_RATIO = 1.5  # largest ratio of the fractions of ink of a picture and of its copy


def find_leaks(
    table: pd.DataFrame, measurements: ImageMeasurements, rules: RulesParams, violations: Violations
) -> dict[str, np.ndarray]:
    """Find the rows whose image is also in a later split, among the rows that no other rule quarantines.

    Args:
        table: the fact table. It gets the columns `identical_to` and `resembles`, which name the copy in the later
            split, such as `test/a.jpg`; null for rows without a copy.
        measurements: the measurements of the images, in the table's order.
        rules: the rules of the contract.
        violations: the rows that violate the other rules.

    Returns:
        The rows that violate the two rules against leakage, as rising indices into the table, by rule.
    """
    near = rules[NearIdenticalImages]
    candidates = np.flatnonzero(~quarantined_rows(rules.on_rows, violations, len(table)))
    split = table["split"].cat.codes.to_numpy()
    copies = identical(split[candidates], measurements.digest[candidates])
    table[IdenticalImages.copy_column] = _copy_names(table, candidates, copies)
    candidates = np.delete(candidates, list(copies))
    hashes, ink = measurements.fingerprint[candidates], measurements.ink[candidates]
    copies = near_identical(split[candidates], hashes, ink, near.distance)
    table[near.copy_column] = _copy_names(table, candidates, copies)
    return {
        rule.name: np.nonzero(table[rule.copy_column].notna())[0] for rule in (IdenticalImages, NearIdenticalImages)
    }


def identical(split: np.ndarray, digest: np.ndarray) -> dict[int, int]:
    """Find the rows whose image has the same bytes as an image of a later split.

    Args:
        split: int (n,), the number of each row's split. Later splits have higher numbers, and rows are in the order of
            splits.
        digest: uint8 (n, 32), the digest of each row's image.

    Returns:
        By row, its copy: the first row with the same bytes in the last split that has them.
    """
    group, first = _groups(digest)
    return _copies(split, group, _last_rows(split, group, len(first)))


def near_identical(split: np.ndarray, fingerprint: np.ndarray, ink: np.ndarray, distance: int) -> dict[int, int]:
    """Find the rows whose image resembles an image of a later split, by perceptual hash and by fraction of ink.

    The fraction of ink is compared because the hashes of two short words on the same large form are much alike.

    Args:
        split: as in `identical`.
        fingerprint: uint32 (n, 8), see `inkpipe.contract.fingerprint`.
        ink: float (n,), the fraction of ink.
        distance: bits of the hash that may differ.

    Returns:
        By row, its copy in the last split that has one.
    """
    group, first = _groups(fingerprint.view(np.uint8))
    own = _last_rows(split, group, len(first))
    best = own.copy()  # of each group, the row of the last split among its own and its neighbors'
    for left, right in near_pairs(fingerprint[first], distance):
        alike = similar_ink(ink[first[left]], ink[first[right]])
        for one, other in ((left[alike], right[alike]), (right[alike], left[alike])):
            later = np.nonzero(split[own[other]] > split[best[one]])[0]
            later = later[np.argsort(split[own[other[later]]], kind="stable")]  # the last assignment wins
            best[one[later]] = own[other[later]]
    return _copies(split, group, best)


def similar_ink(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Tell which pairs of images have so similar fractions of ink that they may show the same picture.

    Args:
        one: float (n,), fractions of ink.
        other: float (n,), fractions of ink.

    Returns:
        bool (n,).
    """
    return np.maximum(one, other) <= INK_RATIO * np.minimum(one, other)


def _copy_names(table: pd.DataFrame, candidates: np.ndarray, copies: Mapping[int, int]) -> pd.Series[str]:
    rows, others = candidates[list(copies.keys())], candidates[list(copies.values())]
    names = [f"{split}/{name}" for split, name in table.loc[others, ["split", "filename"]].itertuples(index=False)]
    return pd.Series(dict(zip(rows, names, strict=True)), index=table.index, dtype="str")


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
    """Of each group, its first row in the last split that it reaches."""
    last = np.zeros(groups, split.dtype)
    np.maximum.at(last, group, split)
    rows = np.nonzero(split == last[group])[0][::-1]
    first = np.zeros(groups, np.int64)
    first[group[rows]] = rows  # rows fall, so the last assignment to a group is its first row
    return first


def _copies(split: np.ndarray, group: np.ndarray, best: np.ndarray) -> dict[int, int]:
    """The rows whose group has a row in a later split, with that row; `best` is by group."""
    rows = np.nonzero(split[best[group]] > split)[0]
    return dict(zip(rows.tolist(), best[group[rows]].tolist(), strict=True))
