import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf

from inkpipe.data.manifest import MANIFEST, QUARANTINED, write_manifest
from inkpipe.dataset.records import Records, write_records
from inkpipe.errors import InkpipeError


def test_shards_are_named_counted_and_digested(write):
    records = write()
    content = json.loads((records.folder / "records.json").read_text())
    shards = content["splits"]["train"]["shards"]
    assert sorted(shards) == ["train-00000-of-00002.tfrecord", "train-00001-of-00002.tfrecord"]
    assert all(len(digest) == 64 for digest in shards.values())
    assert [path.rpartition("/")[2] for path in records.shards("train")] == sorted(shards)


def test_other_images_have_another_digest(write, manifest):
    digest = write().digest()
    rows = pq.read_table(manifest.path).to_pylist()
    rows[0]["verdict"] = QUARANTINED
    write_manifest(manifest.path, [pa.Table.from_pylist(rows, schema=MANIFEST)])
    assert write().digest() != digest


def test_absent_records_are_named_with_the_stage_that_makes_them(tmp_path):
    with pytest.raises(InkpipeError, match=r"records.json does not exist. It is made by `dvc repro preprocess`"):
        Records(tmp_path).count("train")


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        '{"splits": {}, "height": 32, "width": 256}',
        '{"splits": {"train": {"images": 1}}, "height": 32, "width": 256, "frames": 64}',
        '{"splits": {}, "height": "32 px", "width": 256, "frames": 64}',
    ],
)
def test_a_damaged_index_is_one_clear_message(tmp_path, content):
    (tmp_path / "records.json").write_text(content)
    with pytest.raises(InkpipeError, match=r"records.json is no index of records. Received: .*repro -sf preprocess"):
        Records(tmp_path).height  # noqa: B018


def test_examples_name_their_image(write, vocabulary):
    (shard,) = write().shards("test")
    example = tf.train.Example.FromString(next(iter(tf.data.TFRecordDataset(shard))).numpy())
    assert example.features.feature["filename"].bytes_list.value[0] == b"test0.jpg"
    assert list(example.features.feature["label"].int64_list.value) == vocabulary.encode("ANNA")


def test_records_can_be_written_from_arrays(tmp_path, vocabulary):
    images = [("a.png", np.full((2, 3), 7, np.uint8)), ("b.png", np.arange(6, dtype=np.uint8).reshape(2, 3))]
    records = write_records(
        tmp_path / "records",
        iter(images),
        {"train": ["ANNA"], "test": ["BOB"]},
        vocabulary,
        shape=(2, 3),
        frames=1,
        images_per_shard=5,
    )
    ((filename, text, image),) = records.read("test")
    assert (filename, text) == ("b.png", "BOB")
    assert np.array_equal(image, images[1][1])
    assert (records.height, records.width, records.frames, records.count("train")) == (2, 3, 1, 1)
