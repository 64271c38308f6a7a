"""Perceptual hashes: 256 bits that a picture keeps when it is saved anew, and the search for pairs of similar hashes.

The bits are the signs of the picture's lowest cosine frequencies (pHash: Zauner, "Implementation and Benchmarking of
Perceptual Image Hash Functions", 2010). There are 43 frequencies along the line and 6 across it, because lines of
writing are wide; a hash of 64 bits does not tell such lines apart. The frequencies are those of the picture at its own
size: to reduce all pictures to one size first takes longer, or loses what copies at different sizes have in common.
The cosines are rounded to whole numbers so that every sum is exact and any machine gives the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from inkpipe.imaging.opencv import cv2

ALONG, ACROSS = 43, 6  # number of frequencies along the line and across it
BITS = 256  # of the 258 frequencies: all but the mean and the slowest change along the line
LARGEST = (2048, 512)  # width and height in pixels: larger pictures are reduced first, which bounds time and sums
AMPLITUDE = 127  # of the rounded cosines: sums over 512 gray values stay below 2^24, so float32 holds them exactly
BANDS = 8  # bands of 32 bits: two hashes that differ in fewer bits than there are bands agree on one band
BUCKET_REACH = 512  # neighbors with which a hash is compared if many share a band: bounds the time for crowded bands


def frequencies(image: np.ndarray, lightest: int) -> np.ndarray:
    """Compute the lowest cosine frequencies of a picture.

    Args:
        image: uint8 (height, width), gray.
        lightest: its lightest gray level. Darkness is measured from it, so that the background does not outweigh ink.

    Returns:
        float64 (6, 43), whole numbers.
    """
    height, width = image.shape
    if width > LARGEST[0] or height > LARGEST[1]:
        width, height = min(width, LARGEST[0]), min(height, LARGEST[1])
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    darkness = (np.uint8(lightest) - image).astype(np.float32)
    return (_across(height) @ darkness).astype(np.float64) @ _along(width)


def fingerprints(transforms: np.ndarray) -> np.ndarray:
    """Hash pictures by their frequencies.

    Args:
        transforms: float64 (n, 6, 43), the frequencies of n pictures.

    Returns:
        uint32 (n, 8): the 256 bits as eight bands. Each band is a mixture of low and high frequencies.
    """
    signs = transforms.reshape(-1, ACROSS * ALONG)[:, ACROSS * ALONG - BITS :] > 0
    bands = signs.reshape(-1, BITS // BANDS, BANDS).transpose(0, 2, 1)
    return np.packbits(bands.reshape(-1, BITS), axis=1).view(np.uint32)


def near_pairs(hashes: np.ndarray, distance: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Find the pairs of hashes that differ in few bits, without comparing all with all.

    Only hashes that share a band are compared (locality-sensitive banding: Leskovec, Rajaraman and Ullman, "Mining of
    Massive Datasets", chapter 3). Hashes that differ in fewer than `BANDS` bits agree on at least one whole band, so
    none of those pairs is missed. Some pairs that differ in more bits differ in every band and are missed: 3 % at 10
    bits, 9 % at 12, if bits differ independently of each other.

    Args:
        hashes: uint32 (n, 8), all different.
        distance: bits that may differ.

    Yields:
        Two int64 arrays, the indices of the first and of the second hash of some pairs. A pair may come more than once.
    """
    for band in range(BANDS):
        order = np.lexsort((*hashes.T, hashes[:, band]))
        keys = hashes[order, band]
        same = np.arange(len(order) - 1)
        for reach in range(1, BUCKET_REACH + 1):
            same = same[same + reach < len(order)]
            same = same[keys[same] == keys[same + reach]]
            if not same.size:
                break
            left, right = order[same], order[same + reach]
            near = np.bitwise_count(hashes[left] ^ hashes[right]).sum(axis=1) <= distance
            yield left[near], right[near]


@lru_cache(256)  # a corpus has few sizes
def _across(height: int) -> np.ndarray:
    """Cosines by rows, float32 (6, height)."""
    return np.ascontiguousarray(_cosines(height, ACROSS).T, np.float32)


@lru_cache(256)
def _along(width: int) -> np.ndarray:
    """Cosines by columns, float64 (width, 43)."""
    return _cosines(width, ALONG)


def _cosines(samples: int, count: int) -> np.ndarray:
    angles = np.outer(np.arange(samples) + 0.5, np.arange(count)) * np.pi / samples
    return np.rint(AMPLITUDE * np.cos(angles))
