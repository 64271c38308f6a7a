"""Perceptual hashes: what they survive, what they tell apart, and the search for pairs."""

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.contract.fingerprint import BITS, fingerprints, near_pairs, thumbnail


def fingerprint(*images):
    return fingerprints(np.stack([thumbnail(image) for image in images]))


def distance(one, other):
    return int(np.bitwise_count(one ^ other).sum())


def test_a_picture_saved_anew_keeps_its_hash_and_another_word_has_another(draw):
    picture = draw("MARGUERITE")
    encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    again = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
    paler = (picture * 0.8 + 30).astype(np.uint8)
    hashes = fingerprint(picture, again, paler, draw("BALTHAZAR"))
    assert distance(hashes[0], hashes[1]) <= 6
    assert distance(hashes[0], hashes[2]) <= 6
    assert distance(hashes[0], hashes[3]) > 40
    assert hashes.shape == (4, 8)
    assert hashes.nbytes * 8 == 4 * BITS


def test_a_hash_does_not_depend_on_the_batch(draw):
    pictures = [draw(text) for text in ("ANNA", "OTTO", "EVE")]
    together = fingerprint(*pictures)
    for picture, expected in zip(pictures, together, strict=True):
        np.testing.assert_array_equal(fingerprint(picture)[0], expected)


@given(st.integers(0, 2**32 - 1), st.integers(0, 7))
def test_every_near_pair_is_found(seed, allowed):
    chance = np.random.default_rng(seed)
    hashes = chance.integers(0, 2**32, (12, 8), dtype=np.uint32)
    for row in range(6):  # the second six differ from the first in up to eleven bits
        flipped = np.zeros(BITS, np.uint8)
        flipped[chance.choice(BITS, row * 2 + 1, replace=False)] = 1
        hashes[6 + row] = hashes[row] ^ np.packbits(flipped).view(np.uint32)
    found = {frozenset(pair) for left, right in near_pairs(hashes, allowed) for pair in zip(left, right, strict=True)}
    assert found == {frozenset((row, 6 + row)) for row in range(6) if row * 2 + 1 <= allowed}
