"""Prepared images as TFRecord shards, and `records.json`, their index.

The element of a shard is a `tf.train.Example` with `image` (the pixels, row by row), `label` (class ids), `text` and
`filename`. Pixels are not compressed: to write PNG takes longer than to decode and size a scan. A split with real and
synthetic images has shards of their own for each, so that a training can choose among them. Only this module reads and
writes `records.json`.
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
from inkpipe.batching import batch_count
from inkpipe.data.corpus import REAL, SYNTHETIC
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, sha256_file, sha256_json, whole_directory, write_json
from inkpipe.progress import bar

INDEX = "records.json"
NamedImage = tuple[str, NDArray[np.uint8]]  # the filename in the corpus, and the prepared image (height, width)


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


class ShardedImages(NamedTuple):
    """The images of some shards.

    Attributes:
        images: their number.
        shards: the names of the files, in their order.
    """

    images: int
    shards: Sequence[str]


class SplitIndex(NamedTuple):
    """The images of a split.

    Attributes:
        whole: all of them.
        by_origin: those of each origin; empty unless the split has real and synthetic ones.
    """

    whole: ShardedImages
    by_origin: Mapping[str, ShardedImages]


class RecordsIndex(NamedTuple):
    """The content of `records.json`.

    Attributes:
        height: of the images: pixels, or values a frame of features.
        width: of the images: pixels, or frames of features.
        frames: of the model's output for these images.
        splits: the images of each split.
        digest: SHA-256 of the content, which holds the digests of all shards.
    """

    height: int
    width: int
    frames: int
    splits: Mapping[str, SplitIndex]
    digest: str


@dataclass(frozen=True)
class Records:
    """Records on disk. Opening them reads nothing.

    Attributes:
        folder: where the shards and their index lie.
    """

    folder: Path

    @cached_property
    def index(self) -> RecordsIndex:
        """What `records.json` says of the images.

        Raises:
            InkpipeError: the file is absent or damaged.
        """
        path = self.folder / INDEX
        content = read_json(path, "preprocess")
        try:
            height, width, frames = (int(content[name]) for name in ("height", "width", "frames"))
            splits = {split: _split_index(described) for split, described in content["splits"].items()}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InkpipeError(
                f"{path} is no index of records. Received: {error!r}. Remake it with `dvc repro -sf preprocess`."
            ) from error
        return RecordsIndex(height, width, frames, splits, sha256_json(content))

    @property
    def height(self) -> int:
        """Of the images: pixels, or values a frame of features."""
        return self.index.height

    @property
    def width(self) -> int:
        """Of the images: pixels, or frames of features."""
        return self.index.width

    @property
    def frames(self) -> int:
        """Of the model's output for these images."""
        return self.index.frames

    def has_origins(self, split: str) -> bool:
        """Whether a split has synthetic images, told from real ones."""
        return bool(self.index.splits[split].by_origin)

    def count(self, split: str, origin: str | None = None) -> int:
        """The number of images of a split, or of those of one origin."""
        return self._images(split, origin).images

    def shards(self, split: str, origin: str | None = None) -> list[str]:
        """The paths of a split's shards, or of those of one origin, in their order."""
        return [str(self.folder / name) for name in self._images(split, origin).shards]

    def _images(self, split: str, origin: str | None) -> ShardedImages:
        described = self.index.splits[split]
        return described.by_origin[origin] if origin else described.whole

    def digest(self) -> str:
        """The SHA-256 of the index, which holds the digests of all shards: the identity of the records."""
        return self.index.digest

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


def _split_index(described: Mapping[str, Any]) -> SplitIndex:
    """A split in `records.json`. Its origins, if any, name their shards in the same way."""
    by_origin = {origin: _sharded_images(part) for origin, part in described.get("origins", {}).items()}
    return SplitIndex(_sharded_images(described), by_origin)


def _sharded_images(described: Mapping[str, Any]) -> ShardedImages:
    return ShardedImages(int(described["images"]), sorted(described["shards"]))


def write_records(
    folder: Path,
    prepared: Iterator[NamedImage],
    texts: Mapping[str, Sequence[str]],
    vocabulary: Vocabulary,
    *,
    shape: tuple[int, int],
    frames: int,
    images_per_shard: int,
    synthetic: Mapping[str, int] | None = None,
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
        synthetic: how many of a split's samples, its last ones, are synthetic beside real ones; None for no split.
    """
    height, width = shape
    with whole_directory(folder) as partial:
        splits = {
            split: _write_split(
                partial, split, prepared, labels, vocabulary, images_per_shard, (synthetic or {}).get(split, 0)
            )
            for split, labels in texts.items()
        }
        write_json(partial / INDEX, {"splits": splits, "height": height, "width": width, "frames": frames})
    return Records(folder)


def _write_split(
    folder: Path,
    split: str,
    prepared: Iterator[NamedImage],
    texts: Sequence[str],
    vocabulary: Vocabulary,
    images_per_shard: int,
    synthetic: int,
) -> dict[str, Any]:
    """Write a split's shards, those of synthetic images apart."""
    if not synthetic:
        return _write_shards(folder, split, prepared, texts, vocabulary, images_per_shard)
    real = len(texts) - synthetic
    parts = {REAL: (split, texts[:real]), SYNTHETIC: (f"{split}-{SYNTHETIC}", texts[real:])}
    written = {
        origin: _write_shards(folder, name, prepared, labels, vocabulary, images_per_shard)
        for origin, (name, labels) in parts.items()
    }
    shards = {name: digest for part in written.values() for name, digest in part["shards"].items()}
    origins = {name: {**part, "shards": sorted(part["shards"])} for name, part in written.items()}
    return {"images": len(texts), "shards": shards, "origins": origins}


def _write_shards(
    folder: Path,
    name: str,
    prepared: Iterator[NamedImage],
    texts: Sequence[str],
    vocabulary: Vocabulary,
    images_per_shard: int,
) -> dict[str, Any]:
    """Write the shards of a name, one prepared image a text; later images stay in `prepared`."""
    shards = batch_count(len(texts), images_per_shard)
    paths = [folder / f"{name}-{number:05d}-of-{shards:05d}.tfrecord" for number in range(shards)]
    with bar(len(texts), f"preparing {name}") as progress:
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
