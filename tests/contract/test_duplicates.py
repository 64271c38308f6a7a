"""Leakage between splits, against the comparison of all with all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.contract.duplicates import find_leaks, identical, near_identical, similar_ink
from inkpipe.contract.measurements import ImageMeasurements

SPLITS_AND_KEYS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=30)


def by_brute_force(split, alike):
    """For each row with a like one in a later split, the split of the copy that must be returned."""
    rows = range(len(split))
    later = {row: [split[other] for other in rows if alike(row, other) and split[other] > split[row]] for row in rows}
    return {row: max(splits) for row, splits in later.items() if splits}


@given(SPLITS_AND_KEYS)
def test_identical_bytes(rows):
    rows.sort(key=lambda row: row[0])
    split, key = (np.array(column) for column in zip(*rows, strict=True))
    digests = np.random.default_rng(0).integers(0, 256, (6, 32), dtype=np.uint8)[key]
    digests[key == 0] = 0
    copies = identical(split, digests)
    assert {row: split[copy] for row, copy in copies.items()} == by_brute_force(split, lambda a, b: key[a] == key[b])
    assert all(copy == np.nonzero((key == key[row]) & (split == split[copy]))[0][0] for row, copy in copies.items())


@given(SPLITS_AND_KEYS, st.integers(0, 7))
def test_near_identical_images(rows, allowed):
    rows.sort(key=lambda row: row[0])
    split, bits = (np.array(column) for column in zip(*rows, strict=True))
    hashes = np.zeros((len(rows), 8), np.uint32)
    hashes[:, 3] = 2 ** (2 * bits) - 1  # two hashes differ in twice as many bits as their numbers differ
    copies = near_identical(split, hashes, np.ones(len(rows)), allowed)
    expected = by_brute_force(split, lambda a, b: 2 * abs(int(bits[a]) - int(bits[b])) <= allowed)
    assert {row: split[copy] for row, copy in copies.items()} == expected
    assert all(2 * abs(int(bits[row]) - int(bits[copy])) <= allowed for row, copy in copies.items())


def test_no_rows():
    assert identical(np.zeros(0, int), np.zeros((0, 32), np.uint8)) == {}
    assert near_identical(np.zeros(0, int), np.zeros((0, 8), np.uint32), np.zeros(0), 6) == {}


def test_a_picture_with_much_more_ink_is_another_one():
    split, hashes = np.array([0, 0, 1]), np.zeros((3, 8), np.uint32)
    hashes[:, 0] = [1, 2, 3]  # one or two bits apart
    assert near_identical(split, hashes, np.array([0.10, 0.05, 0.08]), 2) == {0: 2}  # 0.08 is 1.6 times 0.05


def test_fractions_of_ink_are_similar_up_to_half_as_much_again():
    assert similar_ink(np.array([0.1, 0.1, 0.15, 0.0]), np.array([0.15, 0.16, 0.1, 0.0])).tolist() == [
        True,
        False,
        True,
        True,
    ]


@pytest.fixture
def measured():
    """Measurements of four images: the first three have the same bytes, the last one the same hash."""
    digest = np.zeros((4, 32), np.uint8)
    digest[3] = 1
    sizes = np.full(4, 100, np.int32)
    return ImageMeasurements(
        sizes, sizes, np.full(4, 0.1, np.float32), sizes, digest, np.zeros((4, 8), np.uint32), faults={}
    )


def test_leaks_are_found_once_and_their_copies_are_named(fact_table, contract, measured):
    rules, _ = contract()
    table = fact_table(4, split=["train", "train", "validation", "test"])
    leaks = find_leaks(table, measured, rules, {"label_length": np.array([], int)})
    assert {rule: rows.tolist() for rule, rows in leaks.items()} == {
        "identical_images": [0, 1],
        "near_identical_images": [2],
    }
    assert table["identical_to"].tolist()[:2] == ["validation/2.jpg"] * 2
    assert table["resembles"].dropna().to_dict() == {2: "test/3.jpg"}


@pytest.mark.parametrize(("action", "leaks"), [("quarantine", [1]), ("warn", [0, 1])])
def test_rows_that_are_quarantined_anyway_do_not_leak(fact_table, contract, measured, action, leaks):
    rules, _ = contract(validate__rules__label_length__action=action)
    table = fact_table(4, split=["train", "train", "validation", "test"])
    leaking = find_leaks(table, measured, rules, {"label_length": np.array([0, 3])})
    assert leaking["identical_images"].tolist() == leaks
