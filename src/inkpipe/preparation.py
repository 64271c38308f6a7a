"""What one worker of the preprocess stage does with a batch of corpus rows.

It stands apart from `records` so that a worker process need not load TensorFlow.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import cv2

from inkpipe.corpus import read_rows
from inkpipe.imaging import decode, prepare
from inkpipe.params.preprocess import PreprocessParams

# Nearly binary images: run lengths compress them as well as deflate's search does, several times faster.
PNG_SETTINGS = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)


class Batch(NamedTuple):
    """Rows of one split of a corpus, and how to prepare them."""

    raw: Path
    split: str
    rows: list[int]
    preprocess: PreprocessParams


class Prepared(NamedTuple):
    """A prepared image as PNG, and the name of the file that it is from."""

    filename: str
    png: bytes


def prepare_batch(batch: Batch) -> list[Prepared]:
    """Read, decode, clean and size the images of a batch, in its order."""
    cv2.setNumThreads(1)  # there is a process for each core already
    prepared = []
    for sample in read_rows(batch.raw, batch.split, batch.rows):
        image = prepare(decode(sample.image), batch.preprocess)
        prepared.append(Prepared(sample.filename, cv2.imencode(".png", image, PNG_SETTINGS)[1].tobytes()))
    return prepared
