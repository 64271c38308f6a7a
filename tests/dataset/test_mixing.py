from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from inkpipe.data.corpus import ORIGIN
from inkpipe.data.manifest import MANIFEST, extended, write_manifest
from inkpipe.dataset.batches import ArrayImages, RecordImages, training_batches
from inkpipe.dataset.mixing import MixedImages, training_images
from inkpipe.errors import InkpipeError
from inkpipe.params.train import MixParams


def numbered(count, first, length=2):
    """Images whose pixels have their number, with labels of a length."""
    pixels = np.arange(first, first + count, dtype=np.uint8)
    return ArrayImages(np.broadcast_to(pixels[:, None, None], (count, 2, 2)).copy(), [[1] * length] * count)


REAL, SYNTHETIC = numbered(5, 0), numbered(8, 100, length=4)


def mixed(fraction="auto", alone=0, real=REAL):
    return MixedImages(real, SYNTHETIC, MixParams(synthetic_fraction=fraction, synthetic_epochs=alone))


def epochs(images, count=3):
    """The numbers of the images of each epoch."""
    stream = tf.data.Dataset.range(count).flat_map(
        lambda epoch: images.elements(epoch).map(lambda *element: images.parse(element)[0][0, 0])
    )
    numbers = [int(number) for number in stream.as_numpy_iterator()]
    return [numbers[i : i + images.count] for i in range(0, len(numbers), images.count)]


def test_synthetic_images_stand_evenly_among_the_real_ones():
    given = mixed(8 / 13)
    assert epochs(given, 2) == [[0, 100, 1, 101, 102, 2, 103, 3, 104, 105, 4, 106, 107]] * 2


def test_an_epoch_takes_a_corpus_smaller_than_the_real_ones_once():
    given = mixed(real=numbered(10, 0))
    assert epochs(given, 1) == epochs(mixed(8 / 18, real=numbered(10, 0)), 1)
    assert given.synthetic_count == 8


@pytest.mark.parametrize("fraction", [0.5, "auto"])
def test_a_fraction_takes_the_next_synthetic_images_in_each_epoch(fraction):
    assert epochs(mixed(fraction)) == [
        [0, 100, 1, 101, 2, 102, 3, 103, 4, 104],
        [0, 105, 1, 106, 2, 107, 3, 100, 4, 101],
        [0, 102, 1, 103, 2, 104, 3, 105, 4, 106],
    ]


def test_a_large_fraction_takes_synthetic_images_more_than_once():
    first = epochs(mixed(0.8), 1)[0]
    assert len(first) == 25
    assert sorted(first)[:5] == [0, 1, 2, 3, 4]
    assert sorted(first)[5:] == sorted([*range(100, 108)] * 2 + [100, 101, 102, 103])


def test_the_fractions_0_and_1_take_one_kind_alone():
    assert epochs(mixed(0.0), 1) == [[0, 1, 2, 3, 4]]
    assert epochs(mixed(1.0), 1) == [[100, 101, 102, 103, 104, 105, 106, 107]]


def test_the_first_epochs_can_be_of_synthetic_images_alone_and_are_as_long():
    assert epochs(mixed(0.5, alone=1)) == [
        [100, 101, 102, 103, 104, 105, 106, 107, 100, 101],
        [0, 102, 1, 103, 2, 104, 3, 105, 4, 106],
        [0, 107, 1, 100, 2, 101, 3, 102, 4, 103],
    ]


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 12),
    st.one_of(st.just("auto"), st.floats(0.0, 0.95)),
    st.integers(0, 3),
    st.integers(0, 4),
)
def test_every_epoch_has_all_real_images_or_none_and_as_many_in_all(real, fraction, alone, epoch):
    assume(real or fraction == "auto")
    images = mixed(fraction, alone, numbered(real, 0))
    numbers = [int(image[0, 0]) for image, *_ in images.elements(epoch).as_numpy_iterator()]
    assert len(numbers) == images.count
    assert [n for n in numbers if n < 100] == ([] if epoch < alone else list(range(real)))


def test_a_fraction_needs_real_images():
    with pytest.raises(InkpipeError, match=r"needs real training images, and the corpus has none. Received: 0.5"):
        mixed(0.5, real=numbered(0, 0))
    assert mixed("auto", real=numbered(0, 0)).count == 8


@pytest.mark.parametrize("bucketing", [False, True])
@pytest.mark.parametrize("alone", [0, 2])
def test_batches_are_shuffled_across_both_kinds_and_the_same_after_a_resume(make_params, alone, bucketing):
    params = make_params(augment__enabled=False)

    def batches(first_epoch):
        stream = training_batches(
            mixed(0.5, alone),
            augment_params=params.augment,
            seed=7,
            batch_size=4,
            epochs=4,
            shuffle_buffer=100,
            padding=9,
            bucketing=bucketing,
            frames=4,
            first_epoch=first_epoch,
        )
        return [(images.numpy().tobytes(), labels.numpy().tolist()) for images, labels in stream]

    whole = batches(0)
    assert len(whole) == 12
    assert whole[9:] == batches(3)
    assert {len(row) for row in whole[-3][1]} == {4}
    assert whole[-3] != whole[-6]


@pytest.fixture
def mixed_records(write, manifest):
    """Records of the small corpus whose training rows from the 50th on are called synthetic."""
    table = pq.read_table(manifest.path)
    origins = ["real"] * len(table)
    origins[50:70] = ["synthetic"] * 20
    schema = extended(MANIFEST, [ORIGIN])
    write_manifest(manifest.path, [table.append_column(ORIGIN, [origins]).cast(schema)], schema)
    return write("mixed")


def test_records_keep_synthetic_images_in_shards_of_their_own_and_training_mixes_them(mixed_records, params):
    assert mixed_records.has_origins("train")
    assert not mixed_records.has_origins("test")
    assert [mixed_records.count("train", origin) for origin in ("real", "synthetic", None)] == [45, 18, 63]
    assert [record.filename for record in mixed_records.read("train")][45:48] == [f"train{i}.jpg" for i in (50, 51, 52)]
    names = [path.rsplit("/", 1)[1] for path in mixed_records.shards("train")]
    assert names == [
        "train-00000-of-00002.tfrecord",
        "train-00001-of-00002.tfrecord",
        "train-synthetic-00000-of-00001.tfrecord",
    ]
    assert [path.rsplit("/", 1)[1] for path in mixed_records.shards("train", "synthetic")] == names[2:]
    images = training_images(mixed_records, params.train.mix)
    assert isinstance(images, MixedImages)
    assert (images.count, images.shape) == (63, (32, 256))
    other = replace(images, params=MixParams(synthetic_fraction=0.1, synthetic_epochs=0))
    assert other.count == 50
    assert len(list(other.elements(3))) == 50


def test_training_images_of_other_records_are_all_of_them(write, params):
    records = write()
    assert training_images(records, params.train.mix) == RecordImages(records, "train")
    assert not records.has_origins("train")
