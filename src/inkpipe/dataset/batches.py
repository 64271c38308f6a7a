"""Batches for training and validation, from records or from arrays in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inkpipe.alignment import padded_frames_needed
from inkpipe.augment import augment
from inkpipe.backend import tf
from inkpipe.batching import batch_count
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.dataset.records import Records
from inkpipe.model.ocr import as_input
from inkpipe.model.widths import needed_widths
from inkpipe.params.augment import AugmentParams

PREFETCHED = 4  # batches that are ready before the training asks for them
POOL = 8  # batches whose images are sorted by width: enough to find similar ones, few enough to keep batches random


class LabeledImages(Protocol):
    """Prepared images with their labels, as a stream that can start anew.

    Attributes:
        count: how many there are.
        shape: height and width of each.
    """

    @property
    def count(self) -> int: ...  # noqa: D102

    @property
    def shape(self) -> tuple[int, int]: ...  # noqa: D102

    def elements(self, epoch: Any = 0) -> tf.data.Dataset:
        """The stream of an epoch, in its order; cheap to shuffle.

        Args:
            epoch: its number from 0, also as an int64 tensor. Only a mixture has other images in another epoch.
        """
        ...

    def parse(self, element: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """Image uint8 (height, width) and class ids int32 (length,) of an element of the stream."""
        ...


@dataclass(frozen=True)
class RecordImages:
    """The images of one split of records, or of one origin in it."""

    records: Records
    split: str
    origin: str | None = None

    @property
    def count(self) -> int:
        """How many there are."""
        return self.records.count(self.split, self.origin)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of each."""
        return self.records.height, self.records.width

    def elements(self, epoch: Any = 0) -> tf.data.Dataset:
        """Serialized examples."""
        return tf.data.TFRecordDataset(self.records.shards(self.split, self.origin))

    def parse(self, element: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Image uint8 (height, width) and class ids int32 (length,) of a serialized example."""
        described = {"image": tf.io.FixedLenFeature([], tf.string), "label": tf.io.RaggedFeature(tf.int64)}
        features = tf.io.parse_single_example(element, described)
        pixels = tf.io.decode_raw(features["image"], tf.uint8)
        return tf.reshape(pixels, self.shape), tf.cast(features["label"], tf.int32)


@dataclass(frozen=True)
class ArrayImages:
    """Images in memory.

    Attributes:
        images: uint8 (n, height, width), as `inkpipe.imaging.prepare` gives them.
        labels: the class ids of each.
    """

    images: NDArray[np.uint8]
    labels: Sequence[Sequence[int]]

    @classmethod
    def of_texts(cls, images: Sequence[NDArray[np.uint8]], texts: Sequence[str], vocabulary: Vocabulary) -> ArrayImages:
        """Images with their normalized labels.

        Args:
            images: uint8 (height, width) each, all of one size.
            texts: the labels, in the same order.
            vocabulary: their class ids.
        """
        return cls(np.stack(images), [vocabulary.encode(text) for text in texts])

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.images)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of each."""
        return self.images.shape[1], self.images.shape[2]

    def elements(self, epoch: Any = 0) -> tf.data.Dataset:
        """Images, their labels filled up to one length, and the labels' true lengths."""
        lengths = np.array([len(label) for label in self.labels], np.int32)
        filled = np.zeros((len(lengths), int(lengths.max(initial=0))), np.int32)
        for row, label in zip(filled, self.labels, strict=True):
            row[: len(label)] = label
        return tf.data.Dataset.from_tensor_slices((self.images, filled, lengths))

    def parse(self, element: tuple[tf.Tensor, tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        """Image uint8 (height, width) and class ids int32 (length,) of an element."""
        image, filled, length = element
        return image, filled[:length]


def training_batches(
    data: LabeledImages,
    *,
    augment_params: AugmentParams,
    seed: int,
    batch_size: int,
    epochs: int,
    shuffle_buffer: int,
    padding: int,
    bucketing: bool,
    frames: int,
    first_epoch: int = 0,
) -> tf.data.Dataset:
    """Shuffled and distorted batches of all epochs from `first_epoch` on.

    The content of an epoch follows from the seed, the epoch and each element's index alone. So a resumed training sees
    the batches that an uninterrupted one would have seen, at any number of threads.

    Batches of similar width ("bucketing") are made of `POOL` shuffled batches, sorted by width, and come in random
    order. Each is cut to the columns that its widest image needs, or its longest label for its frames, and then
    distorted.

    Args:
        data: the training images.
        augment_params: the `augment` section.
        seed: of shuffling and distortions, 0 to 2^32 - 1.
        batch_size: images a batch; the last one of an epoch may be smaller.
        epochs: of the whole training.
        shuffle_buffer: images among which the next one is chosen.
        padding: the id that fills up labels.
        bucketing: whether a batch has images of similar width, and is cut to them.
        frames: of the network's output for a whole image.
        first_epoch: the number of epochs to skip.

    Returns:
        Elements of images float32 (batch, height, columns, 1) and labels int32 (batch, longest). There are as many
        batches with bucketing as without.
    """

    def one_epoch(epoch: tf.Tensor) -> tf.data.Dataset:
        # The graph of this function would inherit the global seed; with one of 0, `shuffle` accepts no tensor.
        tf.random.set_seed(seed % (2**31 - 1) or 1)
        elements = data.elements(epoch).enumerate()
        elements = elements.shuffle(shuffle_buffer, seed + epoch, reshuffle_each_iteration=False)
        batches = _batches(elements, data, POOL * batch_size if bucketing else batch_size, padding)
        if bucketing:
            widths_of = partial(_needed_widths, padding=padding, frames=frames)
            batches = _map(batches.enumerate(), partial(_sorted_by_width, widths_of, batch_size, seed, epoch))
            batches = _map(batches.unbatch().batch(batch_size), partial(_cut, padding))
        if augment_params.enabled:
            batches = _map(
                batches,
                lambda images, labels, numbers: (
                    _distorted(images, numbers, seed, epoch, augment_params),
                    labels,
                    numbers,
                ),
            )
        return _map(batches, _as_inputs)

    return tf.data.Dataset.range(first_epoch, epochs).flat_map(one_epoch).prefetch(PREFETCHED)


def prepared_batches(data: LabeledImages, *, batch_size: int, padding: int) -> tf.data.Dataset:
    """Batches in order, of whole canvases as they were prepared.

    Args:
        data: any images.
        batch_size: images a batch; the last one may be smaller.
        padding: the id that fills up labels.

    Returns:
        Elements of images uint8 (batch, height, width) and labels int32 (batch, longest).
    """
    return _batches(data.elements().enumerate(), data, batch_size, padding).map(
        lambda images, labels, _: (images, labels)
    )


def validation_batches(
    data: LabeledImages, *, batch_size: int, padding: int, bucketing: bool, frames: int
) -> tf.data.Dataset:
    """Batches without distortions, in the same order each time.

    With bucketing all images of a batch need the same columns, and it is cut to these: what the network gives for an
    image does not depend on the others.

    Args:
        data: the validation images.
        batch_size: images a batch; the last one, with bucketing that of each width, may be smaller.
        padding: the id that fills up labels.
        bucketing: as of `training_batches`.
        frames: likewise.

    Returns:
        Elements as of `training_batches`, of known number.
    """
    elements = data.elements().enumerate()
    if bucketing:
        prepared = prepared_batches(data, batch_size=batch_size, padding=padding).as_numpy_iterator()
        widths = np.concatenate([_needed_widths(*each, padding=padding, frames=frames) for each in prepared])
        count = sum(batch_count(images, batch_size) for images in Counter(widths.tolist()).values())
        batches = tf.data.Dataset.zip((elements, tf.data.Dataset.from_tensor_slices(widths))).group_by_window(
            lambda _, width: width,
            lambda width, group: _batches(group.map(lambda element, _: element), data, batch_size, padding).map(
                lambda images, labels, numbers: (images[:, :, :width], labels, numbers)
            ),
            window_size=batch_size,
        )
    else:
        count = batch_count(data.count, batch_size)
        batches = _batches(elements, data, batch_size, padding)
    # Without the number of batches Keras takes the end of the stream for missing data, and warns.
    counted = _map(batches, _as_inputs).apply(tf.data.experimental.assert_cardinality(count))
    return counted.prefetch(PREFETCHED)


def _needed_widths(
    images: NDArray[np.uint8], labels: NDArray[np.int32], *, padding: int, frames: int
) -> NDArray[np.int64]:
    """The columns that each image of a batch needs for its ink, and for as many frames as its label needs."""
    columns = np.ceil(padded_frames_needed(labels, padding) * images.shape[2] / frames)
    return needed_widths(images, columns.astype(np.int64))


def _cut(
    padding: int, images: tf.Tensor, labels: tf.Tensor, numbers: tf.Tensor, widths: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """A batch without the columns and the padding of labels that none of its images needs."""
    longest = tf.reduce_max(tf.math.count_nonzero(labels != padding, axis=1))
    return images[:, :, : tf.reduce_max(widths)], labels[:, :longest], numbers


def _sorted_by_width(
    widths_of: Callable[[NDArray[np.uint8], NDArray[np.int32]], NDArray[np.int64]],
    batch_size: int,
    seed: int,
    epoch: tf.Tensor,
    pool: tf.Tensor,
    batch: tuple[tf.Tensor, tf.Tensor, tf.Tensor],
) -> tuple[tf.Tensor, ...]:
    """Several batches in one, in another order, and the columns that each image needs.

    They are sorted by width, and then batch by batch at random.
    """

    def order(
        images: NDArray[np.uint8], labels: NDArray[np.int32], epoch: np.int64, pool: np.int64
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        widths = widths_of(images, labels)
        rising = widths.argsort(kind="stable")
        whole, rest = divmod(len(images), batch_size)
        random = np.random.default_rng([seed, int(epoch), int(pool)])
        # A smaller batch, which only the last pool has, is of any width, and must come last.
        start = batch_size * int(random.integers(whole + 1))
        last = rising[start : start + rest]
        others = np.concatenate([rising[:start], rising[start + rest :]]).reshape(whole, batch_size)
        return np.concatenate([others[random.permutation(whole)].ravel(), last]), widths

    found = tf.numpy_function(order, [*batch[:2], epoch, pool], (tf.int64, tf.int64), stateful=False)
    places, widths = (tf.ensure_shape(each, [None]) for each in found)
    return tuple(tf.gather(part, places) for part in (*batch, widths))


def _distorted(images: tf.Tensor, numbers: tf.Tensor, seed: int, epoch: tf.Tensor, params: AugmentParams) -> tf.Tensor:
    """Distort each image of a batch: one call of Python for each image would cost more than the distortions do."""

    def distort(pixels: NDArray[np.uint8], numbers: NDArray[np.int64], epoch: np.int64) -> NDArray[np.uint8]:
        generators = (np.random.default_rng([seed, int(epoch), int(number)]) for number in numbers)
        return np.stack([augment(image, rng, params) for image, rng in zip(pixels, generators, strict=True)])

    return tf.ensure_shape(tf.numpy_function(distort, [images, numbers, epoch], tf.uint8, stateful=False), images.shape)


def _map(elements: tf.data.Dataset, function: Callable[..., Any]) -> tf.data.Dataset:
    return elements.map(function, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _batches(elements: tf.data.Dataset, data: LabeledImages, batch_size: int, padding: int) -> tf.data.Dataset:
    """Batches of images uint8 (batch, height, width), padded labels and the images' numbers, of numbered elements."""

    def parsed(number: tf.Tensor, element: Any) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        image, label = data.parse(element)
        return tf.ensure_shape(image, data.shape), label, number

    fill = (np.uint8(0), np.int32(padding), np.int64(0))
    return _map(elements, parsed).padded_batch(batch_size, (data.shape, [None], []), fill)


def _as_inputs(images: tf.Tensor, labels: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return as_input(images), labels
