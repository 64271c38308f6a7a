import pytest

from inkpipe import corpus
from inkpipe.corpus import Sample
from inkpipe.errors import InkpipeError


def samples(count):
    return [Sample(f"{i}.jpg", None if i % 7 == 0 else f"L{i}", bytes([i % 256]) * 5) for i in range(count)]


def test_rows_come_back_in_order_across_row_groups(tmp_path, every_row):
    written = samples(corpus.ROWS_PER_GROUP * 2 + 3)
    assert corpus.write_split(tmp_path, "train", iter(written)) == len(written)
    assert list(every_row(tmp_path, "train")) == written
    assert corpus.count_rows(tmp_path, "train") == len(written)


def test_same_samples_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        corpus.write_split(tmp_path / name, "test", samples(50))
    assert (tmp_path / "a/test.parquet").read_bytes() == (tmp_path / "b/test.parquet").read_bytes()


def test_chosen_rows_are_read_across_row_groups(tmp_path):
    written = samples(corpus.ROWS_PER_GROUP * 3)
    corpus.write_split(tmp_path, "train", written)
    rows = [0, 5, corpus.ROWS_PER_GROUP - 1, corpus.ROWS_PER_GROUP * 2, corpus.ROWS_PER_GROUP * 3 - 1]
    assert list(corpus.read_rows(tmp_path, "train", rows)) == [written[row] for row in rows]


def test_an_empty_split_is_readable(tmp_path, every_row):
    corpus.write_split(tmp_path, "test", [])
    assert list(every_row(tmp_path, "test")) == []


def test_an_absent_split_names_the_stage_that_makes_it(tmp_path, every_row):
    with pytest.raises(InkpipeError, match="dvc repro download"):
        list(every_row(tmp_path, "train"))


def test_a_damaged_split_is_named(tmp_path, every_row):
    corpus.split_path(tmp_path, "train").write_bytes(b"PAR1 is not enough")
    with pytest.raises(InkpipeError, match=r"train\.parquet is damaged.*dvc repro -f download"):
        list(every_row(tmp_path, "train"))
