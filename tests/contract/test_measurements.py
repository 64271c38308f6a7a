"""Measurements of images of known size, ink and fault."""

import hashlib

import numpy as np
import pytest

from inkpipe.contract.measurements import measure_images
from inkpipe.data.corpus import ROWS_PER_GROUP, Sample


def test_size_ink_contrast_digest_and_faults(write_corpus, in_this_process, jpeg):
    half_black = np.full((40, 200), 255, np.uint8)
    half_black[:, :100] = 55
    good, tiny, bad = jpeg(half_black), jpeg(np.full((3, 5), 9, np.uint8)), b"junk"
    rows = {
        "train": [Sample("a", "A", good)] * (ROWS_PER_GROUP + 1),
        "validation": [Sample("b", "B", bad), Sample("c", "C", tiny)],
        "test": [],
    }
    measured = measure_images(write_corpus(rows), "local")
    end = ROWS_PER_GROUP + 1
    assert set(measured.width[:end]) == {200}
    assert set(measured.height[:end]) == {40}
    assert set(measured.contrast[:end]) == {200}
    assert measured.ink[:end] == pytest.approx(0.5, abs=0.01)
    assert (measured.width[end:].tolist(), measured.height[end:].tolist()) == ([0, 5], [0, 3])
    assert measured.ink[end:].tolist() == [0, 0]
    assert list(measured.faults) == [end]
    assert "Not an image" in measured.faults[end]
    assert measured.digest[end].tobytes() == hashlib.sha256(bad).digest()
    assert measured.fingerprint.shape == (end + 2, 8)
