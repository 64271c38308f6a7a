import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inkpipe.data.manifest import ACCEPTED, MANIFEST, QUARANTINE, QUARANTINED, Manifest, extended, write_manifest
from inkpipe.errors import InkpipeError


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
    write_manifest(tmp_path / "manifest.parquet", [table[:2], table[2:]])
    return Manifest(tmp_path / "manifest.parquet")


def test_accepted_rows_are_numbered_within_their_split(manifest):
    assert manifest.accepted("train") == ([0, 2], ["ANNA", "NULL"])
    assert manifest.accepted("test") == ([0], ["EVE"])
    assert manifest.accepted("validation") == ([], [])


@pytest.mark.parametrize(("split", "texts"), [("train", ["ANNA", "NULL"]), ("test", ["EVE"]), ("validation", [])])
def test_accepted_texts_are_those_of_the_accepted_rows(manifest, split, texts):
    assert list(manifest.accepted_texts(split)) == texts


def test_columns_of_a_split(manifest):
    assert manifest.columns("train", ["reasons"]).to_pydict() == {"reasons": [[], ["label_present"], []]}


def test_facts_of_accepted_rows_are_measures_and_extra_columns(tmp_path, manifest):
    assert manifest.facts("train") == {
        "width": [300, 300], "height": [36, 36], "contrast": [None, None], "ink": [None, None],
    }  # fmt: skip
    table = pq.read_table(manifest.path)
    extra = {"origin": ["real", "x", None, "real"], "year": ["1", "2", "3", "4"]}
    for name, values in extra.items():
        table = table.append_column(name, [values])
    write_manifest(tmp_path / "extra.parquet", [table], extended(MANIFEST, extra))
    facts = Manifest(tmp_path / "extra.parquet").facts("train")
    assert {name: facts[name] for name in extra} == {"origin": ["real", None], "year": ["1", "3"]}


def test_verdicts_are_counted_by_split(manifest):
    assert manifest.verdicts() == {"train": {ACCEPTED: 2, QUARANTINED: 1}, "test": {ACCEPTED: 1}}


def test_the_quarantine_has_evidence_too(tmp_path):
    row = {"split": "train", "filename": "a.jpg", "label": None, "verdict": QUARANTINED}
    table = pa.Table.from_pylist([row | {"reasons": ["label_present"], "evidence": ["no label"]}], schema=QUARANTINE)
    write_manifest(tmp_path / "quarantine.parquet", [table], QUARANTINE)
    assert pq.read_table(tmp_path / "quarantine.parquet")["evidence"].to_pylist() == [["no label"]]


def test_what_is_no_manifest_is_refused(tmp_path):
    absent = Manifest(tmp_path / "absent.parquet")
    for read in (absent.accepted, lambda split: list(absent.accepted_texts(split)), lambda _: absent.verdicts()):
        with pytest.raises(InkpipeError, match="dvc repro validate"):
            read("train")
    (tmp_path / "other.parquet").write_bytes(b"text")
    with pytest.raises(InkpipeError, match="is no manifest"):
        Manifest(tmp_path / "other.parquet").accepted("train")
    pq.write_table(pa.table({"split": ["train"]}), tmp_path / "other.parquet")
    with pytest.raises(InkpipeError, match="is no manifest"):
        Manifest(tmp_path / "other.parquet").accepted("train")
