"""Reading the manifest."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.manifest import ACCEPTED, MANIFEST, QUARANTINED, accepted_rows, accepted_texts, read_columns


@pytest.fixture
def manifest(tmp_path):
    rows = [
        ("train", "a.jpg", "ANNA", ACCEPTED, []),
        ("train", "b.jpg", None, QUARANTINED, ["label_present"]),
        ("train", "c.jpg", "NULL", ACCEPTED, []),
        ("test", "d.jpg", "EVE", ACCEPTED, []),
    ]
    names = ("split", "filename", "label", "verdict", "reasons")
    fixed = {"width": 300, "height": 36, "digest": "0" * 64}
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) | fixed for row in rows], schema=MANIFEST)
    pq.write_table(table, tmp_path / "manifest.parquet")
    return tmp_path / "manifest.parquet"


def test_accepted_rows_are_numbered_within_their_split(manifest):
    assert accepted_rows(manifest, "train") == ([0, 2], ["ANNA", "NULL"])
    assert accepted_rows(manifest, "test") == ([0], ["EVE"])
    assert accepted_rows(manifest, "validation") == ([], [])


@pytest.mark.parametrize(("split", "texts"), [("train", ["ANNA", "NULL"]), ("test", ["EVE"]), ("validation", [])])
def test_accepted_texts_are_those_of_the_accepted_rows(manifest, split, texts):
    assert list(accepted_texts(manifest, split)) == texts


def test_columns_of_a_split(manifest):
    assert read_columns(manifest, "train", ["reasons"]).to_pydict() == {"reasons": [[], ["label_present"], []]}


def test_what_is_no_manifest_is_refused(tmp_path):
    with pytest.raises(InkpipeError, match="dvc repro validate"):
        accepted_rows(tmp_path / "absent.parquet", "train")
    with pytest.raises(InkpipeError, match="dvc repro validate"):
        list(accepted_texts(tmp_path / "absent.parquet", "train"))
    (tmp_path / "other.parquet").write_bytes(b"text")
    with pytest.raises(InkpipeError, match="is no manifest"):
        accepted_rows(tmp_path / "other.parquet", "train")
    pq.write_table(pa.table({"split": ["train"]}), tmp_path / "other.parquet")
    with pytest.raises(InkpipeError, match="is no manifest"):
        accepted_rows(tmp_path / "other.parquet", "train")
