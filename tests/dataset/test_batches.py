import itertools

import numpy as np
import pytest
import tensorflow as tf

from inkpipe.dataset.batches import (
    POOL,
    ArrayImages,
    RecordImages,
    prepared_batches,
    training_batches,
    validation_batches,
)
from inkpipe.model.ocr import as_input
from inkpipe.model.widths import needed_widths


@pytest.fixture
def train(write):
    return RecordImages(write(), "train")


def in_memory(images, vocabulary):
    """The same images as arrays."""
    records = list(images.records.read(images.split))
    return ArrayImages.of_texts([record.image for record in records], [record.text for record in records], vocabulary)


def batches(images, params, vocabulary, **changes):
    settings = {
        "augment_params": params.augment,
        "seed": params.seed,
        "batch_size": params.batch_size,
        "epochs": params.epochs,
        "shuffle_buffer": params.train.shuffle_buffer,
        "padding": vocabulary.padding,
        "bucketing": False,
        "frames": images.shape[1] // 4,
    }
    return arrays(training_batches(images, **{**settings, **changes}))


def arrays(dataset):
    return [(images.numpy(), labels.numpy()) for images, labels in dataset]


def assert_same(one, other):
    for (images, labels), (again, labels_again) in zip(one, other, strict=True):
        assert np.array_equal(images, again)
        assert np.array_equal(labels, labels_again)


def test_training_batches_hold_each_image_once_an_epoch(params, train, vocabulary):
    plain = params.augment.model_copy(update={"enabled": False})
    epochs = batches(train, params, vocabulary, augment_params=plain)
    assert [len(images) for images, _ in epochs] == [16, 16, 16, 15] * 2
    words = [vocabulary.decode(row) for _, labels in epochs[:4] for row in labels]
    expected = [record.text for record in train.records.read("train")]
    assert sorted(words) == sorted(expected)
    assert words != expected
    images = epochs[0][0]
    assert (images.dtype, images.shape[1:]) == (np.float32, (*train.shape, 1))
    assert 0.0 <= images.min() < images.max() <= 1.0


def test_an_epoch_is_the_same_whether_training_was_resumed_or_not(params, train, vocabulary):
    whole = batches(train, params, vocabulary)
    resumed = batches(train, params, vocabulary, first_epoch=1)
    assert params.augment.enabled
    assert_same(whole[4:], resumed)
    assert not np.array_equal(whole[0][0], resumed[0][0])


@pytest.mark.parametrize("seed", [0, 42, 2**31 - 1, 2**32 - 1])
def test_batches_follow_from_the_settings_whatever_the_global_seed(params, train, vocabulary, seed):
    runs = []
    for global_seed in (0, 7):
        tf.random.set_seed(global_seed)
        runs.append(batches(train, params, vocabulary, seed=seed, epochs=1))
    assert_same(*runs)


def test_arrays_in_memory_give_the_same_batches_as_records(params, train, vocabulary):
    memory = in_memory(train, vocabulary)
    assert (memory.count, memory.shape) == (train.count, train.shape) == (63, (32, 256))
    assert_same(batches(train, params, vocabulary), batches(memory, params, vocabulary))


def test_validation_batches_are_in_order_and_not_distorted(write, vocabulary):
    images = RecordImages(write(), "validation")
    ((pixels, labels),) = arrays(
        validation_batches(images, batch_size=100, padding=vocabulary.padding, bucketing=False, frames=64)
    )
    records = list(images.records.read("validation"))
    assert [vocabulary.decode(row) for row in labels] == [record.text for record in records]
    assert np.allclose(pixels[..., 0], 1 - np.stack([record.image for record in records]) / 255.0)


def test_validation_batches_are_counted_and_the_same_from_memory(train, vocabulary):
    options = {"batch_size": 20, "padding": vocabulary.padding, "bucketing": False, "frames": 64}
    records = validation_batches(train, **options)
    assert int(records.cardinality()) == 4
    assert_same(arrays(records), arrays(validation_batches(in_memory(train, vocabulary), **options)))


def inked(*columns, width=64):
    """Images in memory with ink up to a column; each has its place as its label."""
    images = np.full((len(columns), 16, width), 255, np.uint8)
    for image, used in zip(images, columns, strict=True):
        image[4:12, :used] = 0
    return ArrayImages(images, [[place + 1] for place in range(len(columns))])


def bucketed(images, params, *, plain=True, **changes):
    settings = {
        "augment_params": params.augment.model_copy(update={"enabled": not plain}),
        "seed": 3,
        "batch_size": 4,
        "epochs": 2,
        "shuffle_buffer": 1000,
        "padding": 0,
        "bucketing": True,
        "frames": images.shape[1] // 4,
    }
    return arrays(training_batches(images, **{**settings, **changes}))


WIDTHS = np.random.default_rng(0).integers(1, 64, 4 * POOL + 3).tolist()


def test_bucketing_cuts_each_batch_to_its_widest_image(params):
    images = inked(*WIDTHS)
    for pixels, labels in bucketed(images, params):
        places = labels[:, 0] - 1
        width = needed_widths(images.images[places]).max()
        assert np.array_equal(pixels, as_input(images.images[places][:, :, :width]))


def test_bucketing_puts_images_of_similar_width_together(params):
    widths = {True: [], False: []}
    for bucketing, found in widths.items():
        for _, labels in bucketed(inked(*WIDTHS), params, bucketing=bucketing):
            found.append(np.ptp([WIDTHS[place - 1] for place in labels[:, 0]]))
    assert np.mean(widths[True]) < np.mean(widths[False]) / 2


def test_bucketing_shows_each_image_once_an_epoch_in_as_many_batches_and_another_order(params):
    found = [labels[:, 0].tolist() for _, labels in bucketed(inked(*WIDTHS), params)]
    per_epoch = POOL + 1
    assert [len(batch) for batch in found] == ([4] * POOL + [3]) * 2
    epochs = [found[:per_epoch], found[per_epoch:]]
    for epoch in epochs:
        assert sorted(itertools.chain(*epoch)) == list(range(1, len(WIDTHS) + 1))
        means = [np.mean([WIDTHS[place - 1] for place in batch]) for batch in epoch[:POOL]]
        assert means != sorted(means)
    assert epochs[0] != epochs[1]


def with_labels(images, labels):
    """Images whose place stands first in their label, before these class ids."""
    return ArrayImages(images.images, [[*place, *more] for place, more in zip(images.labels, labels, strict=True)])


def test_a_label_keeps_the_frames_that_it_needs_whatever_the_ink(params):
    """CTC cannot align a wrong, long label with the few frames of a batch that is cut to the ink."""
    long = {5: [7, 8] * 5, 9: [7, 7, 7, 7, 7]}  # with their places 11 and 10 frames, of 4 columns each
    images = with_labels(inked(*[3] * 32), [long.get(place, []) for place in range(32)])
    widths = {}
    for pixels, labels in bucketed(images, params, epochs=1):
        widths |= dict.fromkeys(labels[:, 0] - 1, pixels.shape[2])
    assert {place for place, width in widths.items() if width == 48} >= set(long)
    assert sorted(set(widths.values())) == [8, 48]
    validation = arrays(validation_batches(images, batch_size=4, padding=0, bucketing=True, frames=16))
    widths = {place - 1: pixels.shape[2] for pixels, labels in validation for place in labels[:, 0]}
    assert widths == {place: {5: 48, 9: 40}.get(place, 8) for place in range(32)}


def test_labels_are_filled_up_to_the_longest_of_their_batch_alone(params):
    images = with_labels(inked(*WIDTHS), [[7] * (width // 8) for width in WIDTHS])
    for _, labels in bucketed(images, params):
        assert (labels != 0).sum(axis=1).max() == labels.shape[1]


@pytest.mark.parametrize("count", [1, 3, 4, 5])
def test_bucketing_takes_fewer_images_than_a_batch(params, count):
    found = bucketed(inked(*WIDTHS[:count]), params, epochs=1)
    assert sorted(label for _, labels in found for label in labels[:, 0]) == list(range(1, count + 1))
    assert len(found) == -(-count // 4)


def test_buckets_are_the_same_whether_training_was_resumed_or_not(params):
    images = inked(*WIDTHS)
    whole = bucketed(images, params, plain=False)
    assert_same(whole[POOL + 1 :], bucketed(images, params, plain=False, first_epoch=1))
    other = bucketed(images, params, plain=False, seed=4)
    assert [labels.tolist() for _, labels in other] != [labels.tolist() for _, labels in whole]


def test_validation_buckets_hold_the_images_of_one_width(params):
    images = inked(*WIDTHS)
    dataset = validation_batches(images, batch_size=4, padding=0, bucketing=True, frames=16)
    found = arrays(dataset)
    assert int(dataset.cardinality()) == len(found)
    needed = needed_widths(images.images)
    for pixels, labels in found:
        places = labels[:, 0] - 1
        assert set(needed[places]) == {pixels.shape[2]}
        assert np.array_equal(pixels, as_input(images.images[places][:, :, : pixels.shape[2]]))
    assert sorted(label for _, labels in found for label in labels[:, 0]) == list(range(1, len(WIDTHS) + 1))
    assert_same(found, arrays(dataset))


def test_prepared_batches_are_whole_canvases(train, vocabulary):
    found = arrays(prepared_batches(train, batch_size=20, padding=vocabulary.padding))
    records = list(train.records.read("train"))
    assert np.array_equal(
        np.concatenate([images for images, _ in found]), np.stack([record.image for record in records])
    )
    texts = [vocabulary.decode(row) for _, labels in found for row in labels]
    assert texts == [record.text for record in records]
