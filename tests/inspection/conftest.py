"""Corpora in memory, as `look` sees them."""

import numpy as np
import pytest

from inkpipe.inspection.image_facts import ImageFacts
from inkpipe.inspection.seen import InspectedCorpus, Row

LINE = "Le greffier a signé la présente minute"


def facts(row, width=2000, height=100, **changes):
    """The facts of an image of dark writing on white, which cropping leaves as it is, and which no other resembles."""
    cropped = dict.fromkeys(("none", "margins", "line"), (height, width))
    fingerprint = np.random.default_rng(row).integers(2**32, size=8, dtype=np.uint32)
    digest = row.to_bytes(32)
    return ImageFacts(row, width, height, 0.1, 200, 255, None, cropped, digest, fingerprint)._replace(**changes)


@pytest.fixture
def seen():
    """Make a corpus of labels and images: `seen(labels, images)`; ten splits of it are train, validation and test."""

    def make(labels=(LINE,) * 40, images=None, described=None):
        splits = ["train"] * 8 + ["validation", "test"]
        rows = [Row(splits[i % 10], f"{i}.png", label) for i, label in enumerate(labels)]
        images = [facts(row) for row in range(len(rows))] if images is None else images
        return InspectedCorpus({"layout": "gt_txt", **(described or {})}, (), rows, images)

    return make


@pytest.fixture
def image():
    return facts
