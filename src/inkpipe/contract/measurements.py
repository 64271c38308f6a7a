"""Measure every image of a corpus: size, ink, contrast, digest and perceptual hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq

from inkpipe.contract.fingerprint import ACROSS, ALONG, fingerprints, frequencies
from inkpipe.contract.single_image import measure_image
from inkpipe.data.corpus import SPLITS, Corpus
from inkpipe.imaging import UnreadableImage
from inkpipe.imaging.opencv import cv2
from inkpipe.parallel.pool import map_in_order
from inkpipe.progress import bar


class ImageMeasurements(NamedTuple):
    """The measurements of n images, an element each. All but the digest are zero where an image does not decode.

    Attributes:
        width: int32 (n,), pixels.
        height: int32 (n,), pixels.
        ink: float32 (n,), the darkness of the mean pixel, between the lightest pixel (0) and the darkest (1). In an
            image of pure black and white this is the fraction of black pixels.
        contrast: uint8 (n,), gray levels from the darkest to the lightest pixel.
        digest: uint8 (n, 32), SHA-256 of the encoded bytes.
        fingerprint: uint32 (n, 8), the perceptual hash.
        faults: why an image does not decode, by its index.
    """

    width: np.ndarray
    height: np.ndarray
    ink: np.ndarray
    contrast: np.ndarray
    digest: np.ndarray
    fingerprint: np.ndarray
    faults: dict[int, str]


class _RowGroup(NamedTuple):
    path: Path
    number: int


def measure_images(corpus: Corpus, workers: str) -> ImageMeasurements:
    """Measure every image of a corpus, in parallel, a row group at a time.

    Args:
        corpus: the images.
        workers: where the work is done, see `inkpipe.parallel.pool.map_in_order`. The result does not depend on it.

    Returns:
        The measurements in the corpus's order: training split, validation split, test split.

    Raises:
        InkpipeError: a file of the corpus is absent or damaged, or the workers cannot be reached.
    """
    groups = []
    with bar(sum(corpus.count(split) for split in SPLITS), "measuring images") as progress:
        for measured in map_in_order(workers, _measure_group, _row_groups(corpus)):
            groups.append(measured)
            progress.update(len(measured.width))
    return _joined(groups)


def _row_groups(corpus: Corpus) -> Iterator[_RowGroup]:
    for split in SPLITS:
        yield from (_RowGroup(corpus.path(split), number) for number in range(corpus.parquet(split).num_row_groups))


def _measure_group(group: _RowGroup) -> ImageMeasurements:
    cv2.setNumThreads(1)  # the pool already uses every core
    file = pq.ParquetFile(group.path)
    column = file.read_row_group(group.number, columns=["image"], use_threads=False)["image"]
    images = [data or b"" for data in column.to_pylist()]
    transforms = np.zeros((len(images), ACROSS, ALONG))
    rows, faults = [], {}
    for index, data in enumerate(images):
        try:
            measured = measure_image(data)
        except UnreadableImage as error:
            faults[index] = str(error)
            rows.append((0, 0, 0.0, 0))
            continue
        rows.append(tuple(measured.facts.values()))
        transforms[index] = frequencies(measured.reduced, measured.ink.lightest)
    widths, heights, inks, contrasts = zip(*rows, strict=True)
    return ImageMeasurements(
        np.array(widths, np.int32),
        np.array(heights, np.int32),
        np.array(inks, np.float32),
        np.array(contrasts, np.uint8),
        np.frombuffer(b"".join(hashlib.sha256(data).digest() for data in images), np.uint8).reshape(-1, 32),
        fingerprints(transforms),
        faults,
    )


def _joined(groups: list[ImageMeasurements]) -> ImageMeasurements:
    faults, start = {}, 0
    for group in groups:
        faults.update({start + index: fault for index, fault in group.faults.items()})
        start += len(group.width)
    width, height, ink, contrast, digest, fingerprint = (
        np.concatenate(column) for column in zip(*(group[:-1] for group in groups), strict=True)
    )
    return ImageMeasurements(width, height, ink, contrast, digest, fingerprint, faults)
