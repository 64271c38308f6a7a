"""Small corpora with known faults."""

import random

import pytest

from inkpipe.contract import images
from inkpipe.corpus import SPLITS, Sample, write_split

SIZES = {"train": 20, "validation": 6, "test": 4}


@pytest.fixture
def clean_rows(draw, jpeg):
    """Rows that break no rule, by split: distinct random names, drawn."""
    chance = random.Random(0)
    rows = {}
    for split, size in SIZES.items():
        rows[split] = []
        for number in range(size):
            label = "".join(chance.choices("ABCDEFGHIJ", k=8))
            rows[split].append(Sample(f"{split}_{number:02}.jpg", label, jpeg(draw(label, width=240))))
    return rows


@pytest.fixture
def write_corpus(tmp_path):
    """Write rows by split as a corpus and return its folder."""

    def write(rows):
        folder = tmp_path / "raw"
        folder.mkdir(exist_ok=True)
        for split in SPLITS:
            write_split(folder, split, rows[split])
        return folder

    return write


@pytest.fixture
def in_this_process(monkeypatch):
    """The image pass without a pool, which takes longer to start than small corpora to measure."""
    monkeypatch.setattr(images, "map_in_order", lambda workers, function, tasks: map(function, tasks))
