import numpy as np
import pytest
import tensorflow as tf

from inkpipe.dataset.batches import ArrayImages, RecordImages, training_batches, validation_batches


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
    ((pixels, labels),) = arrays(validation_batches(images, batch_size=100, padding=vocabulary.padding))
    records = list(images.records.read("validation"))
    assert [vocabulary.decode(row) for row in labels] == [record.text for record in records]
    assert np.allclose(pixels[..., 0], 1 - np.stack([record.image for record in records]) / 255.0)


def test_validation_batches_are_counted_and_the_same_from_memory(train, vocabulary):
    options = {"batch_size": 20, "padding": vocabulary.padding}
    records = validation_batches(train, **options)
    assert int(records.cardinality()) == 4
    assert_same(arrays(records), arrays(validation_batches(in_memory(train, vocabulary), **options)))
