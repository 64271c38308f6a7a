import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inkpipe.data.manifest import MANIFEST, QUARANTINED, write_manifest
from inkpipe.errors import InkpipeError
from inkpipe.imaging import decode, prepare
from inkpipe.parallel import pool


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_bytes_do_not_depend_on_the_number_of_workers(write, monkeypatch):
    many = write("many")
    monkeypatch.setattr(pool, "available_cores", lambda: 1)
    one = write("one")
    assert contents(many.folder) == contents(one.folder)
    assert many.digest() == one.digest()


def test_no_accepted_row_is_an_error_and_leaves_nothing(manifest, corpus, write):
    rows = pq.read_table(manifest.path).to_pylist()
    changed = [{**row, "verdict": QUARANTINED if row["split"] == "test" else row["verdict"]} for row in rows]
    write_manifest(manifest.path, [pa.Table.from_pylist(changed, schema=MANIFEST)])
    with pytest.raises(InkpipeError, match="No row of the test split was accepted"):
        write()
    assert not (corpus.folder / "records").exists()


def test_accepted_images_come_back_prepared_in_order(params, corpus, write):
    records = write()
    train = list(records.read("train"))
    accepted = [sample for i, sample in enumerate(corpus.samples("train")) if i % 10 != 3]
    assert [(r.filename, r.text) for r in train] == [(s.filename, s.label) for s in accepted]
    assert np.array_equal(train[5].image, prepare(decode(accepted[5].image), params.preprocess))
    assert [records.count(split) for split in ("train", "validation", "test")] == [63, 8, 4]
    assert (records.height, records.width) == (params.preprocess.height, params.preprocess.width)
    assert records.frames == params.frames
