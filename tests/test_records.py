import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf

from inkpipe import corpus, workers
from inkpipe.corpus import Sample
from inkpipe.errors import InkpipeError
from inkpipe.files import read_json
from inkpipe.imaging import decode, prepare
from inkpipe.manifest import ACCEPTED, MANIFEST, QUARANTINED
from inkpipe.records import count_images, image_shape, read_records, training_batches, validation_batches, write_records
from inkpipe.vocabulary import Vocabulary

NAMES = ("ANNA", "BOB", "CLARA", "DAN", "EVE", "FAY", "GIL")
VOCABULARY = Vocabulary(tuple(" '-ABCDEFGHIJKLMNOPQRSTUVWXYZ`"))
COUNTS = {"train": 70, "validation": 9, "test": 5}


@pytest.fixture
def params(make_params):
    return make_params(preprocess__images_per_shard=32, batch_size=16, epochs=2)


@pytest.fixture
def made(tmp_path, draw, jpeg):
    """A corpus and its manifest; every tenth row is quarantined."""
    rows = []
    for split, count in COUNTS.items():
        samples = [Sample(f"{split}{i}.jpg", NAMES[i % 7], jpeg(draw(NAMES[i % 7], 36, 284))) for i in range(count)]
        corpus.write_split(tmp_path, split, samples)
        for i, sample in enumerate(samples):
            verdict = QUARANTINED if i % 10 == 3 else ACCEPTED
            row = {"split": split, "filename": sample.filename, "label": sample.label, "verdict": verdict}
            rows.append({**row, "width": 284, "height": 36, "digest": str(i), "reasons": []})
    pq.write_table(pa.Table.from_pylist(rows, schema=MANIFEST), tmp_path / "manifest.parquet")
    return tmp_path


def write(params, made, name="records"):
    return write_records(params, made, made / "manifest.parquet", VOCABULARY, made / name)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_accepted_images_come_back_prepared_in_order(params, made, every_row):
    assert write(params, made) == "prepared train 63, validation 8, test 4 images"
    records = list(read_records(made / "records", "train"))
    accepted = [sample for i, sample in enumerate(every_row(made, "train")) if i % 10 != 3]
    assert [(r.filename, r.text) for r in records] == [(s.filename, s.label) for s in accepted]
    assert np.array_equal(records[5].image, prepare(decode(accepted[5].image), params.preprocess))
    assert count_images(made / "records", "train") == 63
    assert image_shape(made / "records") == (params.preprocess.height, params.preprocess.width)


def test_shards_are_named_counted_and_digested(params, made):
    write(params, made)
    index = read_json(made / "records/records.json", "preprocess")
    shards = index["splits"]["train"]["shards"]
    assert sorted(shards) == ["train-00000-of-00002.tfrecord", "train-00001-of-00002.tfrecord"]
    assert all(len(digest) == 64 for digest in shards.values())


def test_bytes_do_not_depend_on_the_number_of_workers(params, made, monkeypatch):
    write(params, made, "many")
    monkeypatch.setattr(workers, "available_cores", lambda: 1)
    write(params, made, "one")
    assert contents(made / "many") == contents(made / "one")


def test_no_accepted_row_is_an_error_and_leaves_nothing(params, made):
    table = pq.read_table(made / "manifest.parquet").to_pylist()
    kept = [{**row, "verdict": QUARANTINED if row["split"] == "test" else row["verdict"]} for row in table]
    pq.write_table(pa.Table.from_pylist(kept, schema=MANIFEST), made / "manifest.parquet")
    with pytest.raises(InkpipeError, match="No row of the test split was accepted"):
        write(params, made)
    assert not (made / "records").exists()


def arrays(dataset):
    return [(images.numpy(), labels.numpy()) for images, labels in dataset]


def test_training_batches_hold_each_image_once_an_epoch(make_params, params, made):
    write(params, made)
    plain = params.model_copy(update={"augment": params.augment.model_copy(update={"enabled": False})})
    batches = arrays(training_batches(made / "records", plain, VOCABULARY.padding))
    assert [len(images) for images, _ in batches] == [16, 16, 16, 15] * 2
    words = [VOCABULARY.decode(row) for _, labels in batches[:4] for row in labels]
    expected = [record.text for record in read_records(made / "records", "train")]
    assert sorted(words) == sorted(expected)
    assert words != expected
    images = batches[0][0]
    assert (images.dtype, images.shape[1:]) == (np.float32, (*image_shape(made / "records"), 1))
    assert 0.0 <= images.min() < images.max() <= 1.0


def test_an_epoch_is_the_same_whether_training_was_resumed_or_not(params, made):
    write(params, made)
    whole = arrays(training_batches(made / "records", params, VOCABULARY.padding))
    resumed = arrays(training_batches(made / "records", params, VOCABULARY.padding, first_epoch=1))
    assert params.augment.enabled
    for (images, labels), (again, labels_again) in zip(whole[4:], resumed, strict=True):
        assert np.array_equal(images, again)
        assert np.array_equal(labels, labels_again)
    assert not np.array_equal(whole[0][0], resumed[0][0])


@pytest.mark.parametrize("seed", [0, 42, 2**31 - 1, 2**32 - 1])
def test_batches_follow_from_the_params_whatever_the_global_seed(make_params, params, made, seed):
    write(params, made)
    params = params.model_copy(update={"seed": seed, "epochs": 1})
    found = []
    for global_seed in (0, 7):
        tf.random.set_seed(global_seed)
        found.append(arrays(training_batches(made / "records", params, VOCABULARY.padding)))
    for (images, labels), (again, labels_again) in zip(*found, strict=True):
        assert np.array_equal(images, again)
        assert np.array_equal(labels, labels_again)


def test_validation_batches_are_in_order_and_not_augmented(params, made):
    write(params, made)
    ((images, labels),) = arrays(validation_batches(made / "records", "validation", 100, VOCABULARY.padding))
    records = list(read_records(made / "records", "validation"))
    assert [VOCABULARY.decode(row) for row in labels] == [record.text for record in records]
    assert np.allclose(images[..., 0], 1 - np.stack([record.image for record in records]) / 255.0)


def test_examples_name_their_image(params, made):
    write(params, made)
    shard = str(made / "records/test-00000-of-00001.tfrecord")
    example = tf.train.Example.FromString(next(iter(tf.data.TFRecordDataset(shard))).numpy())
    assert example.features.feature["filename"].bytes_list.value[0] == b"test0.jpg"
    assert list(example.features.feature["label"].int64_list.value) == VOCABULARY.encode("ANNA")
