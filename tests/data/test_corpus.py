import pyarrow.parquet as pq
import pytest

from inkpipe.data import corpus
from inkpipe.data.corpus import (
    ORIGIN,
    REAL,
    ROWS_PER_GROUP,
    SCHEMA,
    SPLITS,
    SYNTHETIC,
    Corpus,
    Sample,
    write_source,
    write_split,
)
from inkpipe.errors import InkpipeError
from inkpipe.files import write_json


def samples(count):
    return [Sample(f"{i}.jpg", None if i % 7 == 0 else f"L{i}", bytes([i % 256]) * 5) for i in range(count)]


def test_rows_come_back_in_order_across_row_groups(tmp_path):
    written = samples(ROWS_PER_GROUP * 2 + 3)
    assert write_split(tmp_path, "train", iter(written)) == len(written)
    assert list(Corpus(tmp_path).samples("train")) == written
    assert Corpus(tmp_path).count("train") == len(written)


def test_large_images_are_in_row_groups_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(corpus, "BYTES_PER_GROUP", 10)
    images = [b"x" * size for size in (4, 6, 1, 30, 2, 2)]
    write_split(tmp_path, "train", [Sample(f"{i}.jpg", "A", image) for i, image in enumerate(images)])
    groups = pq.ParquetFile(tmp_path / "train.parquet").metadata
    assert [groups.row_group(i).num_rows for i in range(groups.num_row_groups)] == [2, 1, 1, 2]
    assert [sample.image for sample in Corpus(tmp_path).samples("train")] == images


def test_the_labels_of_real_images_are_those_beside_synthetic_ones_or_all(tmp_path):
    origins = [REAL, SYNTHETIC, REAL]
    mixed = [Sample(f"{i}.jpg", f"L{i}", b"x", {ORIGIN: origin}) for i, origin in enumerate(origins)]
    for split in SPLITS:
        write_split(tmp_path, split, mixed, [ORIGIN])
    assert list(Corpus(tmp_path).real_labels("train")) == ["L0", "L2"]
    for split in SPLITS:
        write_split(tmp_path, split, samples(3))
    assert list(Corpus(tmp_path).real_labels("train")) == [None, "L1", "L2"]


def test_same_samples_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_split(tmp_path / name, "test", samples(50))
    assert (tmp_path / "a/test.parquet").read_bytes() == (tmp_path / "b/test.parquet").read_bytes()


def test_chosen_rows_are_read_across_row_groups(tmp_path):
    written = samples(ROWS_PER_GROUP * 3)
    write_split(tmp_path, "train", written)
    rows = [0, 5, ROWS_PER_GROUP - 1, ROWS_PER_GROUP * 2, ROWS_PER_GROUP * 3 - 1]
    assert list(Corpus(tmp_path).samples("train", rows)) == [written[row] for row in rows]


def test_no_chosen_rows_are_no_samples(tmp_path):
    write_split(tmp_path, "train", samples(3))
    assert list(Corpus(tmp_path).samples("train", [])) == []


def test_an_empty_split_is_readable(tmp_path):
    assert write_split(tmp_path, "test", []) == 0
    assert list(Corpus(tmp_path).samples("test")) == []
    assert Corpus(tmp_path).count("test") == 0


def test_a_split_lies_in_the_parquet_file_of_its_name(tmp_path):
    write_split(tmp_path, "validation", samples(2))
    assert Corpus(tmp_path).path("validation") == tmp_path / "validation.parquet"
    assert pq.read_schema(tmp_path / "validation.parquet") == SCHEMA
    assert Corpus(tmp_path).parquet("validation").num_row_groups == 1


def test_an_absent_split_names_the_stage_that_makes_it(tmp_path):
    with pytest.raises(InkpipeError, match="dvc repro download"):
        list(Corpus(tmp_path).samples("train"))
    with pytest.raises(InkpipeError, match="dvc repro download"):
        Corpus(tmp_path).count("train")


def test_a_damaged_split_is_named(tmp_path):
    Corpus(tmp_path).path("train").write_bytes(b"PAR1 is not enough")
    with pytest.raises(InkpipeError, match=r"train\.parquet is damaged.*dvc repro -sf download"):
        list(Corpus(tmp_path).samples("train"))


def test_the_description_of_the_source_comes_back(tmp_path):
    write_source(tmp_path, {"source": "folder", "skipped": {}})
    assert Corpus(tmp_path).source() == {"source": "folder", "skipped": {}}


def test_a_corpus_without_a_description_has_an_empty_one(tmp_path):
    assert Corpus(tmp_path).source() == {}


def test_a_description_that_is_no_object_is_refused(tmp_path):
    write_json(tmp_path / "source.json", [])
    with pytest.raises(InkpipeError, match=r"source.json is damaged.*Received: list.*dvc repro -sf download"):
        Corpus(tmp_path).source()
