"""Prepared images as TFRecord shards, and the tf.data pipelines that feed a reader from them.

A shard's element is a `tf.train.Example` with `image` (the bytes of what `imaging.prepare` gives, row by row), `label`
(class ids), `text` and `filename`; the index says how high and wide the images are. They are not compressed: to write
PNG takes longer than to decode and size a scan, and to read them back longer than all else between disk and model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from inkpipe import corpus
from inkpipe.augment import augment
from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, sha256_file, whole_directory, write_json
from inkpipe.imaging import prepared_shape
from inkpipe.manifest import accepted_rows
from inkpipe.model.ocr import as_input
from inkpipe.params import Params
from inkpipe.preparation import Batch, prepare_batch
from inkpipe.progress import bar
from inkpipe.vocabulary import Vocabulary
from inkpipe.workers import map_in_order

INDEX = "records.json"


class Record(NamedTuple):
    """One prepared image: where it is from, its normalised label, and uint8 (height, width)."""

    filename: str
    text: str
    image: np.ndarray


def write_records(params: Params, raw: Path, manifest: Path, vocabulary: Vocabulary, target: Path) -> str:
    """Prepare every accepted image of the corpus and write the shards and their index into `target`.

    The bytes depend on the corpus, the manifest, the vocabulary and `preprocess` alone, not on how many workers there
    are.

    Returns:
        A line that sums up what was written.

    Raises:
        InkpipeError: an input is absent, or no row of a split was accepted.
    """
    accepted = {split: accepted_rows(manifest, split) for split in corpus.SPLITS}
    for split, (rows, _) in accepted.items():
        if not rows:
            raise InkpipeError(
                f"No row of the {split} split was accepted, so there is nothing to prepare. See {manifest}."
            )
    tasks = (task for split in corpus.SPLITS for task in _tasks(params, raw, split, accepted[split].rows))
    # One pool for all splits: its processes take seconds to start.
    batches = map_in_order(params.preprocess.workers, prepare_batch, tasks)
    prepared = (item for batch in batches for item in zip(batch.filenames, batch.images, strict=True))
    height, width = prepared_shape(params.preprocess)
    with whole_directory(target) as partial:
        index = {
            split: _write_split(params, prepared, accepted[split].texts, vocabulary, partial, split)
            for split in corpus.SPLITS
        }
        write_json(partial / INDEX, {"splits": index, "height": height, "width": width, "frames": params.frames})
    return "prepared " + ", ".join(f"{split} {facts['images']:,}" for split, facts in index.items()) + " images"


def _tasks(params: Params, raw: Path, split: str, rows: list[int]) -> Iterator[Batch]:
    """A task for each row group, so that each is read once."""
    for _, group in groupby(rows, lambda row: row // corpus.ROWS_PER_GROUP):
        yield Batch(raw, split, list(group), params.preprocess)


def _write_split(
    params: Params,
    prepared: Iterator[tuple[str, np.ndarray]],
    texts: list[str],
    vocabulary: Vocabulary,
    target: Path,
    split: str,
) -> dict[str, Any]:
    """Write a split's shards, one prepared image a text; those of later splits stay in `prepared`."""
    per_shard = params.preprocess.images_per_shard
    shards = -(-len(texts) // per_shard)
    paths = [target / f"{split}-{number:05d}-of-{shards:05d}.tfrecord" for number in range(shards)]
    with bar(len(texts), f"preparing {split}") as shown:
        for path, start in zip(paths, range(0, len(texts), per_shard), strict=True):
            with tf.io.TFRecordWriter(str(path)) as writer:
                for text in texts[start : start + per_shard]:
                    writer.write(_example(*next(prepared), text, vocabulary.encode(text)))
                    shown.update()
    return {"images": len(texts), "shards": {path.name: sha256_file(path) for path in paths}}


def _example(filename: str, image: np.ndarray, text: str, ids: list[int]) -> bytes:
    example = tf.train.Example()
    feature = example.features.feature
    feature["image"].bytes_list.value.append(image.tobytes())
    feature["label"].int64_list.value.extend(ids)
    feature["text"].bytes_list.value.append(text.encode())
    feature["filename"].bytes_list.value.append(filename.encode())
    return bytes(example.SerializeToString(deterministic=True))


def count_images(folder: Path, split: str) -> int:
    """How many images a split's shards hold, from the index."""
    return int(read_json(folder / INDEX, "preprocess")["splits"][split]["images"])


def image_shape(folder: Path) -> tuple[int, int]:
    """Height and width of the prepared images, from the index."""
    index = read_json(folder / INDEX, "preprocess")
    return int(index["height"]), int(index["width"])


def read_records(folder: Path, split: str) -> Iterator[Record]:
    """Stream a split's prepared images in their order."""
    index = read_json(folder / INDEX, "preprocess")
    for serialised in _elements(folder, index["splits"][split]["shards"]).as_numpy_iterator():
        feature = tf.train.Example.FromString(serialised).features.feature
        pixels = np.frombuffer(feature["image"].bytes_list.value[0], np.uint8)
        yield Record(
            feature["filename"].bytes_list.value[0].decode(),
            feature["text"].bytes_list.value[0].decode(),
            pixels.reshape(index["height"], index["width"]),
        )


def training_batches(folder: Path, params: Params, padding: int, first_epoch: int = 0) -> tf.data.Dataset:
    """Training batches of all epochs from `first_epoch` on, shuffled and augmented.

    What an epoch holds follows from the seed, the epoch and each element's index alone: a resumed training sees the
    batches that an uninterrupted one would have seen, whatever the number of threads.

    Returns:
        Elements of images float32 (batch, height, width, 1) and labels int32 (batch, longest), padded with `padding`.
    """
    index = read_json(folder / INDEX, "preprocess")

    def one_epoch(epoch: tf.Tensor) -> tf.data.Dataset:
        # This function's graph would take over the global seed, and beside one of 0 a shuffle takes no tensor as seed.
        tf.random.set_seed(params.seed % (2**31 - 1) or 1)
        elements = _elements(folder, index["splits"]["train"]["shards"]).enumerate()
        elements = elements.shuffle(params.train.shuffle_buffer, params.seed + epoch, reshuffle_each_iteration=False)
        parsed = _map(elements, lambda number, element: (*_parse(element, index), number))
        if params.augment.enabled:
            parsed = _map(parsed, lambda image, label, number: _distorted(image, label, number, epoch, params))
        return _batches(_map(parsed, lambda image, label, _: (image, label)), index, params.batch_size, padding)

    epochs = tf.data.Dataset.range(first_epoch, params.epochs)
    return epochs.flat_map(one_epoch).prefetch(4)


def validation_batches(folder: Path, split: str, batch_size: int, padding: int) -> tf.data.Dataset:
    """A split's batches in order, as they are; elements as in `training_batches`."""
    index = read_json(folder / INDEX, "preprocess")
    elements = _elements(folder, index["splits"][split]["shards"])
    return _batches(_map(elements, lambda element: _parse(element, index)), index, batch_size, padding).prefetch(4)


def _elements(folder: Path, shards: Iterable[str]) -> tf.data.Dataset:
    return tf.data.TFRecordDataset([str(folder / name) for name in sorted(shards)])


def _parse(serialised: tf.Tensor, index: dict[str, Any]) -> tuple[tf.Tensor, tf.Tensor]:
    described = {"image": tf.io.FixedLenFeature([], tf.string), "label": tf.io.RaggedFeature(tf.int64)}
    features = tf.io.parse_single_example(serialised, described)
    pixels = tf.io.decode_raw(features["image"], tf.uint8)
    return tf.reshape(pixels, (index["height"], index["width"])), tf.cast(features["label"], tf.int32)


def _distorted(
    image: tf.Tensor, label: tf.Tensor, number: tf.Tensor, epoch: tf.Tensor, params: Params
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    def distort(pixels: np.ndarray, *seeds: np.ndarray) -> np.ndarray:
        return augment(pixels, np.random.default_rng([int(seed) for seed in seeds]), params.augment)

    return tf.numpy_function(distort, [image, params.seed, epoch, number], tf.uint8, stateful=False), label, number


def _map(elements: tf.data.Dataset, function: Callable[..., Any]) -> tf.data.Dataset:
    return elements.map(function, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _batches(parsed: tf.data.Dataset, index: dict[str, Any], batch_size: int, padding: int) -> tf.data.Dataset:
    size = (index["height"], index["width"])
    parsed = parsed.map(lambda image, label: (tf.ensure_shape(image, size), label))
    padded = parsed.padded_batch(batch_size, (size, [None]), (np.uint8(0), np.int32(padding)))
    return padded.map(lambda images, labels: (as_input(images), labels))
