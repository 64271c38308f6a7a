"""Resampling of images, for intervals around rates (Efron, 1979). Nothing here needs TensorFlow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def resampled_sums(counts: NDArray[np.float64], resamples: int, seed: int) -> NDArray[np.float64]:
    """Sum the rows of many sets of n rows, each drawn with replacement from n rows.

    Equal rows are drawn together, by one multinomial. Few rows differ, so hundreds of thousands of images need no
    more memory than hundreds, and the order of the images has no influence.

    Args:
        counts: float64 (n, columns), a row for each image.
        resamples: the number of sets, at least 1.
        seed: the same seed gives the same sets.

    Returns:
        float64 (resamples, columns).
    """
    rows, repeats = np.unique(counts, axis=0, return_counts=True)
    generator = np.random.default_rng(seed)
    probabilities = repeats / len(counts)
    return np.array([generator.multinomial(len(counts), probabilities) @ rows for _ in range(resamples)])
