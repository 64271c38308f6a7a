"""The image pass: what each image of the corpus is, measured on all cores, a row group at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pyarrow.parquet as pq

from inkpipe.contract.fingerprint import ACROSS, ALONG, fingerprints, frequencies
from inkpipe.corpus import SPLITS, count_rows, split_path
from inkpipe.imaging import UnreadableImage, glance
from inkpipe.progress import bar
from inkpipe.workers import map_in_order


class ImageFacts(NamedTuple):
    """What the images of some rows are, one element a row; all zero where an image does not decode.

    Attributes:
        width, height: int32 (n,), pixels.
        ink: float32 (n,), how dark the mean pixel is between the lightest (0) and the darkest (1): in an image of black
            and white, the share of black pixels.
        contrast: uint8 (n,), grey levels from the darkest to the lightest.
        digest: uint8 (n, 32), SHA-256 of the encoded bytes.
        fingerprint: uint32 (n, 8), the perceptual hash.
        faults: why an image does not decode, by row.
    """

    width: np.ndarray
    height: np.ndarray
    ink: np.ndarray
    contrast: np.ndarray
    digest: np.ndarray
    fingerprint: np.ndarray
    faults: dict[int, str]


class _Task(NamedTuple):
    path: Path
    group: int


def measure_images(raw: Path, workers: str) -> ImageFacts:
    """Measure every image of a corpus, in its order: the training split's rows, then validation's, then test's.

    Args:
        raw: the corpus.
        workers: where the work is done, see `inkpipe.workers.map_in_order`; the result does not depend on it.
    """
    groups = []
    with bar(sum(count_rows(raw, split) for split in SPLITS), "reading images") as shown:
        for facts in map_in_order(workers, _measure_group, _tasks(raw)):
            groups.append(facts)
            shown.update(len(facts.width))
    return _joined(groups)


def _tasks(raw: Path) -> Iterator[_Task]:
    for split in SPLITS:
        path = split_path(raw, split)
        yield from (_Task(path, group) for group in range(pq.ParquetFile(path).num_row_groups))


def _measure_group(task: _Task) -> ImageFacts:
    cv2.setNumThreads(1)  # the pool already uses every core
    column = pq.ParquetFile(task.path).read_row_group(task.group, columns=["image"], use_threads=False)["image"]
    images = [data or b"" for data in column.to_pylist()]
    transforms = np.zeros((len(images), ACROSS, ALONG))
    measures, faults = [], {}
    for row, data in enumerate(images):
        try:
            height, width, image = glance(data)
        except UnreadableImage as error:
            faults[row] = str(error)
            measures.append((0, 0, 0.0, 0))
            continue
        darkest, lightest, _, _ = cv2.minMaxLoc(image)
        measures.append((width, height, _ink(image, darkest, lightest), int(lightest - darkest)))
        transforms[row] = frequencies(image, int(lightest))
    widths, heights, inks, contrasts = zip(*measures, strict=True)
    return ImageFacts(
        np.array(widths, np.int32),
        np.array(heights, np.int32),
        np.array(inks, np.float32),
        np.array(contrasts, np.uint8),
        np.frombuffer(b"".join(hashlib.sha256(data).digest() for data in images), np.uint8).reshape(-1, 32),
        fingerprints(transforms),
        faults,
    )


def _ink(image: np.ndarray, darkest: float, lightest: float) -> float:
    return (lightest - cv2.mean(image)[0]) / max(lightest - darkest, 1.0)


def _joined(groups: list[ImageFacts]) -> ImageFacts:
    faults, start = {}, 0
    for facts in groups:
        faults.update({start + row: fault for row, fault in facts.faults.items()})
        start += len(facts.width)
    width, height, ink, contrast, digest, fingerprint = (
        np.concatenate(column) for column in zip(*(facts[:-1] for facts in groups), strict=True)
    )
    return ImageFacts(width, height, ink, contrast, digest, fingerprint, faults)
