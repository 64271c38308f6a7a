"""Prepared images as a stream: decoded, cleaned and sized by workers.

A worker process imports this module, so nothing here needs TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.corpus import ROWS_PER_GROUP, Corpus
from inkpipe.imaging import TextFit, decode, prepare_measured, prepared_shape
from inkpipe.imaging.opencv import cv2
from inkpipe.parallel.pool import map_in_order
from inkpipe.params.preprocess import PreprocessParams


class PreparedImage(NamedTuple):
    """An image as the network takes it.

    Attributes:
        filename: of the image in the corpus.
        image: uint8 (height, width).
        fit: what became of its text.
    """

    filename: str
    image: NDArray[np.uint8]
    fit: TextFit


class RowBatch(NamedTuple):
    """Some rows of one split of a corpus, and the settings to prepare them by: a worker's task."""

    corpus: Corpus
    split: str
    rows: list[int]
    preprocess: PreprocessParams


class PreparedBatch(NamedTuple):
    """A worker's result: filenames, their images uint8 (rows, height, width), and what became of the texts."""

    filenames: list[str]
    images: NDArray[np.uint8]
    fits: list[TextFit]


def prepare_images(
    corpus: Corpus, splits: Sequence[tuple[str, Sequence[int]]], params: PreprocessParams, workers: str
) -> Iterator[PreparedImage]:
    """Stream the prepared images of some rows of a corpus, in their order, whatever the workers.

    All splits share one pool, because its processes take seconds to start.

    Args:
        corpus: the images.
        splits: each split with its row numbers, in rising order.
        params: the `preprocess` section.
        workers: `local` or `dask://host:port`, see `inkpipe.parallel.pool.map_in_order`.

    Raises:
        InkpipeError: the corpus cannot be read, or an image does not decode.
    """
    tasks = (task for split, rows in splits for task in _tasks(corpus, split, rows, params))
    for batch in map_in_order(workers, prepare_batch, tasks):
        yield from map(PreparedImage, batch.filenames, batch.images, batch.fits)


def prepare_batch(batch: RowBatch) -> PreparedBatch:
    """Read, decode, clean and size the images of a batch, in its order."""
    cv2.setNumThreads(1)  # there is a process for each core already
    images = np.empty((len(batch.rows), *prepared_shape(batch.preprocess)), np.uint8)
    filenames, fits = [], []
    for image, sample in zip(images, batch.corpus.samples(batch.split, batch.rows), strict=True):
        prepared = prepare_measured(decode(sample.image), batch.preprocess)
        image[:] = prepared.pixels
        filenames.append(sample.filename)
        fits.append(prepared.fit)
    return PreparedBatch(filenames, images, fits)


def _tasks(corpus: Corpus, split: str, rows: Sequence[int], params: PreprocessParams) -> Iterator[RowBatch]:
    """A task for as many rows as a row group of small images has, so that each is read once, or twice at its ends."""
    for _, group in groupby(rows, lambda row: row // ROWS_PER_GROUP):
        yield RowBatch(corpus, split, list(group), params)
