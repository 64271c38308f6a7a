"""What one worker of the preprocess stage does with a batch of corpus rows.

It stands apart from `records` so that a worker process need not load TensorFlow.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from inkpipe.corpus import read_rows
from inkpipe.imaging import decode, prepare, prepared_shape
from inkpipe.params.preprocess import PreprocessParams


class Batch(NamedTuple):
    """Rows of one split of a corpus, and how to prepare them."""

    raw: Path
    split: str
    rows: list[int]
    preprocess: PreprocessParams


class PreparedBatch(NamedTuple):
    """The images of a batch, uint8 (rows, height, width), and the names of the files that they are from."""

    filenames: list[str]
    images: np.ndarray


def prepare_batch(batch: Batch) -> PreparedBatch:
    """Read, decode, clean and size the images of a batch, in its order."""
    cv2.setNumThreads(1)  # there is a process for each core already
    images = np.empty((len(batch.rows), *prepared_shape(batch.preprocess)), np.uint8)
    filenames = []
    for image, sample in zip(images, read_rows(batch.raw, batch.split, batch.rows), strict=True):
        image[:] = prepare(decode(sample.image), batch.preprocess)
        filenames.append(sample.filename)
    return PreparedBatch(filenames, images)
