"""The image pass: what each image of the corpus is, measured on all cores, a row group at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pyarrow.parquet as pq

from inkpipe.contract.fingerprint import THUMBNAIL, fingerprints, thumbnail
from inkpipe.corpus import SPLITS, count_rows, split_path
from inkpipe.imaging import UnreadableImage, decode
from inkpipe.progress import bar
from inkpipe.workers import map_in_order


class ImageFacts(NamedTuple):
    """What the images of some rows are, one element a row; all zero where an image does not decode.

    Attributes:
        width, height: int32 (n,), pixels.
        ink: float32 (n,), share of pixels darker than midway between the darkest and the lightest, at half the size.
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
    thumbnails = np.zeros((len(images), *reversed(THUMBNAIL)), np.uint8)
    measures, faults = [], {}
    for row, data in enumerate(images):
        try:
            image = decode(data)
        except UnreadableImage as error:
            faults[row] = str(error)
            measures.append((0, 0, 0.0, 0))
            continue
        half = _halved(image)
        thumbnails[row] = thumbnail(half)
        height, width = image.shape
        measures.append((width, height, *_ink_and_contrast(half)))
    width, height, ink, contrast = zip(*measures, strict=True)
    return ImageFacts(
        np.array(width, np.int32),
        np.array(height, np.int32),
        np.array(ink, np.float32),
        np.array(contrast, np.uint8),
        np.frombuffer(b"".join(hashlib.sha256(data).digest() for data in images), np.uint8).reshape(-1, 32),
        fingerprints(thumbnails),
        faults,
    )


def _ink_and_contrast(image: np.ndarray) -> tuple[float, int]:
    darkest, lightest, _, _ = cv2.minMaxLoc(image)
    if darkest == lightest:
        return 0.0, 0
    paper = cv2.countNonZero(cv2.threshold(image, (darkest + lightest) // 2, 1, cv2.THRESH_BINARY)[1])
    return 1 - paper / image.size, int(lightest - darkest)


def _halved(image: np.ndarray) -> np.ndarray:
    """An image at half its size, which is a quarter of the work; as it is if it is small."""
    height, width = image.shape
    if height < 16 or width < 16:
        return image
    if height % 2 or width % 2:
        image = image[: height // 2 * 2, : width // 2 * 2]  # whole 2 x 2 cells have a fast path
    return cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)


def _joined(groups: list[ImageFacts]) -> ImageFacts:
    faults, start = {}, 0
    for facts in groups:
        faults.update({start + row: fault for row, fault in facts.faults.items()})
        start += len(facts.width)
    width, height, ink, contrast, digest, fingerprint = (
        np.concatenate(column) for column in zip(*(facts[:-1] for facts in groups), strict=True)
    )
    return ImageFacts(width, height, ink, contrast, digest, fingerprint, faults)
