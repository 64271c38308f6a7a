"""Perceptual hashes: 256 bits that a picture keeps when it is saved anew, and the search for pairs that share them.

The bits are the signs of the 32 x 8 lowest cosine frequencies of the picture at 64 x 8 pixels (pHash: Zauner,
"Implementation and Benchmarking of Perceptual Image Hash Functions", 2010), wide because lines of writing are wide;
64 bits do not tell such lines apart. The cosines are rounded to whole numbers so that every sum is exact: the same bits
on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

THUMBNAIL = (64, 8)  # width, height
FREQUENCIES = (32, 8)
BITS = FREQUENCIES[0] * FREQUENCIES[1]
BANDS = 8  # of 32 bits: two hashes that differ in fewer bits than there are bands agree on one band
BUCKET_REACH = 512  # in a crowded bucket each hash is compared with so many neighbours in the order of hashes


def thumbnail(image: np.ndarray) -> np.ndarray:
    """A grey image, uint8 (height, width), at the size that is hashed: uint8 (8, 64)."""
    return cv2.resize(image, THUMBNAIL, interpolation=cv2.INTER_LINEAR)


def fingerprints(thumbnails: np.ndarray) -> np.ndarray:
    """Hash thumbnails.

    Args:
        thumbnails: uint8 (n, 8, 64).

    Returns:
        uint32 (n, 8): the 256 bits as eight bands, each a mixture of low and high frequencies.
    """
    # Sums below 2^24 are exact in float32. One small product an image: for a large one BLAS wakes threads of its own,
    # which then compete with the pool's other processes.
    along = thumbnails.astype(np.float32) @ _ALONG
    frequencies = _ACROSS @ along.astype(np.float64)  # (n, 8, 32)
    bits = frequencies.reshape(len(thumbnails), BITS // BANDS, BANDS).transpose(0, 2, 1) > 0
    return np.packbits(bits.reshape(len(thumbnails), BITS), axis=1).view(np.uint32)


def near_pairs(hashes: np.ndarray, distance: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Find the pairs of hashes that differ in few bits, without comparing all with all.

    Hashes that differ in fewer than `BANDS` bits agree on at least one whole band, so only those that share a band are
    compared (locality-sensitive banding: Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3).

    Args:
        hashes: uint32 (n, 8), all different.
        distance: bits that may differ, less than `BANDS`.

    Yields:
        Arrays of the two sides' indices into `hashes`; a pair may be met more than once.
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


def _cosines(samples: int, frequencies: int) -> np.ndarray:
    angles = np.outer(np.arange(samples) + 0.5, np.arange(frequencies)) * np.pi / samples
    return np.rint(127 * np.cos(angles))


_ALONG = _cosines(THUMBNAIL[0], FREQUENCIES[0]).astype(np.float32)
_ACROSS = _cosines(THUMBNAIL[1], FREQUENCIES[1]).T
