"""Leakage between splits, against the comparison of all with all."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.contract.leakage import identical, near_identical

SPLITS_AND_KEYS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=30)


def by_brute_force(split, alike):
    """For each row with a like one in a later split: the split that its twin must be in."""
    rows = range(len(split))
    later = {row: [split[other] for other in rows if alike(row, other) and split[other] > split[row]] for row in rows}
    return {row: max(found) for row, found in later.items() if found}


@given(SPLITS_AND_KEYS)
def test_identical_bytes(rows):
    rows.sort(key=lambda row: row[0])
    split, key = (np.array(column) for column in zip(*rows, strict=True))
    digests = np.random.default_rng(0).integers(0, 256, (6, 32), dtype=np.uint8)[key]
    digests[key == 0] = 0
    twins = identical(split, digests)
    assert {row: split[twin] for row, twin in twins.items()} == by_brute_force(split, lambda a, b: key[a] == key[b])
    assert all(twin == np.nonzero((key == key[row]) & (split == split[twin]))[0][0] for row, twin in twins.items())


@given(SPLITS_AND_KEYS, st.integers(0, 7))
def test_near_identical_images(rows, allowed):
    rows.sort(key=lambda row: row[0])
    split, bits = (np.array(column) for column in zip(*rows, strict=True))
    hashes = np.zeros((len(rows), 8), np.uint32)
    hashes[:, 3] = 2 ** (2 * bits) - 1  # two hashes differ in twice as many bits as their numbers differ
    twins = near_identical(split, hashes, np.ones(len(rows)), allowed)
    expected = by_brute_force(split, lambda a, b: 2 * abs(int(bits[a]) - int(bits[b])) <= allowed)
    assert {row: split[twin] for row, twin in twins.items()} == expected
    assert all(2 * abs(int(bits[row]) - int(bits[twin])) <= allowed for row, twin in twins.items())


def test_no_rows():
    assert identical(np.zeros(0, int), np.zeros((0, 32), np.uint8)) == {}
    assert near_identical(np.zeros(0, int), np.zeros((0, 8), np.uint32), np.zeros(0), 6) == {}


def test_a_picture_with_much_more_ink_is_another_one():
    split, hashes = np.array([0, 0, 1]), np.zeros((3, 8), np.uint32)
    hashes[:, 0] = [1, 2, 3]  # one or two bits apart
    assert near_identical(split, hashes, np.array([0.10, 0.05, 0.08]), 2) == {0: 2}  # 0.08 is 1.6 times 0.05
