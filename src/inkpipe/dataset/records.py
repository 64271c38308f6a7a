"""Prepared images as TFRecord shards, and `records.json`, their index.

The element of a shard is a `tf.train.Example` with `image` (the pixels, row by row), `label` (class ids), `text` and
`filename`. Pixels are not compressed: to write PNG takes longer than to decode and size a scan. Only this module reads
and writes `records.json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkpipe.backend import tf
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.files import read_json, sha256_file, sha256_json, whole_directory, write_json
from inkpipe.progress import bar

INDEX = "records.json"
PreparedImage = tuple[str, NDArray[np.uint8]]  # the filename in the corpus, and the image (height, width)


class Record(NamedTuple):
    """One prepared image.

    Attributes:
        filename: of the image in the corpus.
        text: its normalized label.
        image: uint8 (height, width).
    """

    filename: str
    text: str
    image: NDArray[np.uint8]


@dataclass(frozen=True)
class Records:
    """Records on disk. Opening them reads nothing.

    Attributes:
        folder: where the shards and their index lie.
    """

    folder: Path

    @cached_property
    def index(self) -> Mapping[str, Any]:
        """The content of `records.json`: `height`, `width`, `frames`, and each split's images and shard digests.

        Raises:
            InkpipeError: the file is absent or damaged.
        """
        return dict(read_json(self.folder / INDEX, "preprocess"))

    @property
    def height(self) -> int:
        """Of the images: pixels, or values a frame of features."""
        return int(self.index["height"])

    @property
    def width(self) -> int:
        """Of the images: pixels, or frames of features."""
        return int(self.index["width"])

    @property
    def frames(self) -> int:
        """Of the model's output for these images."""
        return int(self.index["frames"])

    def count(self, split: str) -> int:
        """The number of images of a split."""
        return int(self.index["splits"][split]["images"])

    def shards(self, split: str) -> list[str]:
        """The paths of a split's shards, in their order."""
        return [str(self.folder / name) for name in sorted(self.index["splits"][split]["shards"])]

    def digest(self) -> str:
        """The SHA-256 of the index, which holds the digests of all shards: the identity of the records."""
        return sha256_json(self.index)

    def read(self, split: str) -> Iterator[Record]:
        """Stream the records of a split, in their order."""
        for serialized in tf.data.TFRecordDataset(self.shards(split)).as_numpy_iterator():
            feature = tf.train.Example.FromString(serialized).features.feature
            pixels = np.frombuffer(feature["image"].bytes_list.value[0], np.uint8)
            yield Record(
                feature["filename"].bytes_list.value[0].decode(),
                feature["text"].bytes_list.value[0].decode(),
                pixels.reshape(self.height, self.width),
            )


def write_records(
    folder: Path,
    prepared: Iterator[PreparedImage],
    texts: Mapping[str, Sequence[str]],
    vocabulary: Vocabulary,
    *,
    shape: tuple[int, int],
    frames: int,
    images_per_shard: int,
) -> Records:
    """Write shards and index. The same arguments give the same bytes.

    Args:
        folder: to be replaced as a whole.
        prepared: filename and image, uint8 `shape`, of each sample, split after split.
        texts: the normalized labels of each split, in the same order.
        vocabulary: the class ids of the labels.
        shape: height and width of the images.
        frames: of the model's output for these images.
        images_per_shard: at most.
    """
    height, width = shape
    with whole_directory(folder) as partial:
        splits = {
            split: _write_split(partial, split, prepared, labels, vocabulary, images_per_shard)
            for split, labels in texts.items()
        }
        write_json(partial / INDEX, {"splits": splits, "height": height, "width": width, "frames": frames})
    return Records(folder)


def _write_split(
    folder: Path,
    split: str,
    prepared: Iterator[PreparedImage],
    texts: Sequence[str],
    vocabulary: Vocabulary,
    images_per_shard: int,
) -> dict[str, Any]:
    """Write a split's shards, one prepared image a text; the images of later splits stay in `prepared`."""
    shards = -(-len(texts) // images_per_shard)
    paths = [folder / f"{split}-{number:05d}-of-{shards:05d}.tfrecord" for number in range(shards)]
    with bar(len(texts), f"preparing {split}") as progress:
        for path, start in zip(paths, range(0, len(texts), images_per_shard), strict=True):
            with tf.io.TFRecordWriter(str(path)) as writer:
                for text in texts[start : start + images_per_shard]:
                    writer.write(_example(*next(prepared), text, vocabulary.encode(text)))
                    progress.update()
    return {"images": len(texts), "shards": {path.name: sha256_file(path) for path in paths}}


def _example(filename: str, image: NDArray[np.uint8], text: str, ids: list[int]) -> bytes:
    example = tf.train.Example()
    feature = example.features.feature
    feature["image"].bytes_list.value.append(image.tobytes())
    feature["label"].int64_list.value.extend(ids)
    feature["text"].bytes_list.value.append(text.encode())
    feature["filename"].bytes_list.value.append(filename.encode())
    return bytes(example.SerializeToString(deterministic=True))
