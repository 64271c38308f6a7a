"""Perceptual hashes: what they survive, what they tell apart, and the search for pairs."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.contract.fingerprint import BITS, LARGEST, fingerprints, frequencies, near_pairs
from inkpipe.imaging import decode_reduced

WORDS = ("MARGUERITE", "BALTHAZAR", "ANNA", "JEAN-LUC", "OTTO", "DELACROIX", "EVE", "THIBAULT")


def fingerprint(*images):
    """Hashes of images as the stage computes them, from the images as `decode_reduced` gives them."""
    return hashed(*(cv2.imencode(".png", image)[1].tobytes() for image in images))


def hashed(*files):
    images = [decode_reduced(data).image for data in files]
    return fingerprints(np.stack([frequencies(image, int(image.max())) for image in images]))


def jpeg_of(image, quality):
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def scaled(factor):
    return lambda image: jpeg_of(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), 95)


CHANGES = {
    "quality 80": lambda image: jpeg_of(image, 80),
    "quality 50": lambda image: jpeg_of(image, 50),
    "brighter": lambda image: jpeg_of(cv2.add(image, 20), 95),
    "as PNG": lambda image: cv2.imencode(".png", image)[1].tobytes(),
    "twice as large": scaled(2),
    "three quarters": scaled(0.75),
    "half": scaled(0.5),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("height", [32, 48])
def test_a_picture_saved_anew_is_found_whatever_its_size_and_quality(draw, change, height):
    pictures = [cv2.resize(draw(word), (300, height), interpolation=cv2.INTER_AREA) for word in WORDS]
    before = hashed(*(jpeg_of(picture, 95) for picture in pictures))
    after = hashed(*(CHANGES[change](picture) for picture in pictures))
    near = [distance(one, other) <= 10 for one, other in zip(before, after, strict=True)]
    assert sum(near) >= len(WORDS) - 1  # the published figures are of real forms


def test_an_enormous_picture_is_hashed_exactly():
    width, height = LARGEST
    picture = np.zeros((height + 1, width + 1), np.uint8)
    picture[: height // 2] = 255
    assert np.array_equal(frequencies(picture, 255), np.rint(frequencies(picture, 255)))


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
    pairs = {frozenset(pair) for left, right in near_pairs(hashes, allowed) for pair in zip(left, right, strict=True)}
    assert pairs == {frozenset((row, 6 + row)) for row in range(6) if row * 2 + 1 <= allowed}
