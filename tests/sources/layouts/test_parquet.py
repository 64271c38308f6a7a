import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.layouts import parquet


def table(rows, **columns):
    images = [{"bytes": image, "path": None} for image, _ in rows]
    return pa.table({"image": images, "text": [text for _, text in rows], **columns})


def encoded(content):
    stream = io.BytesIO()
    pq.write_table(content, stream, row_group_size=2)
    return stream.getvalue()


def open_source(path, **options):
    return FolderSource(path, **{"validation_fraction": 0.0, "test_fraction": 0.0, **options})


def samples(source, split="train"):
    return [(sample.filename, sample.label, sample.image) for sample in source.samples(split)]


ROWS = [(b"1", "eins"), (b"2", "zwei"), (b"3", None), (b"4", " "), (b"5", "fünf")]


def test_the_shards_of_splits(as_data, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS_AT_ONCE", 2)
    files = {
        "data/train-00000-of-00002.parquet": encoded(table(ROWS)),
        "data/train-00001-of-00002.parquet": encoded(table([(b"6", "sechs")])),
        "data/validation-00000-of-00001.parquet": encoded(table([(b"7", "sieben")])),
        "data/test-00000-of-00001.parquet": encoded(table([(b"8", "acht")])),
        "README.md": b"x",
    }
    source = open_source(as_data(files), max_unmatched_fraction=0.0)
    assert source.describe()["layout"] == "parquet"
    train = "data/train-00000-of-00002"
    assert samples(source) == [
        (f"{train}/000000", "eins", b"1"),
        (f"{train}/000001", "zwei", b"2"),
        (f"{train}/000002", None, b"3"),
        (f"{train}/000003", None, b"4"),
        (f"{train}/000004", "fünf", b"5"),
        ("data/train-00001-of-00002/000000", "sechs", b"6"),
    ]
    assert [label for _, label, _ in samples(source, "validation") + samples(source, "test")] == ["sieben", "acht"]


def test_the_numbers_of_rows_tell_no_pages(as_zip):
    files = {f"train-0000{shard}-of-00002.parquet": encoded(table(ROWS)) for shard in range(2)}
    assert open_source(as_zip(files)).noticed.counts() == {}


def test_further_columns_travel_as_text(as_zip):
    columns = {"writer_id": [1, 1, None], "width": [7, 8, 9], "boxes": [[1], [2], [3]], "name": ["a", "", "c"]}
    source = open_source(as_zip({"x.parquet": encoded(table(ROWS[:3], **columns))}))
    assert source.extra_columns == ("group", "writer_id", "source_width", "name")
    assert [dict(sample.extra) for sample in source.samples("train")] == [
        {"writer_id": "1", "source_width": "7", "name": "a", "group": "1"},
        {"writer_id": "1", "source_width": "8", "name": None, "group": "1"},
        {"writer_id": None, "source_width": "9", "name": "c", "group": None},
    ]


def test_the_columns_may_have_other_names_and_plain_bytes(as_zip):
    content = pa.table({"Img": pa.array([b"1"], pa.large_binary()), "Transcription": ["eins"]})
    assert samples(open_source(as_zip({"x.parquet": encoded(content)}))) == [("x/000000", "eins", b"1")]


@pytest.mark.parametrize(
    "texts",
    [
        pa.array(["eins", "zwei", "eins"], pa.large_string()),
        pa.array(["eins", "zwei", "eins"], pa.string_view()),
        pa.array(["eins", "zwei", "eins"]).dictionary_encode(),
    ],
    ids=["of Polars and pandas", "view", "dictionary"],
)
def test_texts_are_strings_of_any_kind(as_zip, texts):
    content = pa.table({"image": pa.array([b"1", b"2", b"3"], pa.binary_view()), "text": texts})
    found = samples(open_source(as_zip({"x.parquet": encoded(content)})))
    assert [label for _, label, _ in found] == ["eins", "zwei", "eins"]


def test_whole_numbers_are_texts_where_there_are_no_others(as_zip):
    content = pa.table({"image": [b"1", b"2", b"3"], "text": [7, None, 1850]})
    found = samples(open_source(as_zip({"x.parquet": encoded(content)})))
    assert [label for _, label, _ in found] == ["7", None, "1850"]


def test_numbers_do_not_hide_texts(as_zip):
    content = pa.table({"image": [b"1"], "label": [4], "text": ["eins"]})
    assert samples(open_source(as_zip({"x.parquet": encoded(content)}))) == [("x/000000", "eins", b"1")]


def test_numbers_of_classes_are_no_texts(as_zip):
    note = {"huggingface": '{"info": {"features": {"label": {"_type": "ClassLabel"}, "image": {"_type": "Image"}}}}'}
    content = pa.table({"image": [b"1"], "label": [4]}).replace_schema_metadata(note)
    with pytest.raises(InkpipeError, match="no labels in a known layout. Received: .* with 1 .parquet"):
        open_source(as_zip({"x.parquet": encoded(content)}))


def test_images_without_bytes_are_listed(as_zip):
    content = pa.table({"image": [{"bytes": None, "path": "a.png"}, {"bytes": b"2", "path": None}], "text": ["A", "B"]})
    source = open_source(as_zip({"x.parquet": encoded(content)}))
    assert [(file.filename, file.label) for file in source.skipped.first("label without image")] == [("x/000000", "A")]
    assert samples(source) == [("x/000001", "B", b"2")]


@pytest.mark.parametrize(
    "content", [pa.table({"text": ["x"]}), pa.table({"image": ["a.png"], "text": ["x"]}), pa.table({"image": [b"1"]})]
)
def test_other_parquet_files_are_no_corpus(as_zip, content):
    with pytest.raises(InkpipeError, match="no labels in a known layout. Received: .* with 1 .parquet"):
        open_source(as_zip({"x.parquet": encoded(content)}))


def test_a_damaged_file_is_named(as_zip):
    with pytest.raises(InkpipeError, match="x.parquet is no whole Parquet file"):
        open_source(as_zip({"x.parquet": encoded(table(ROWS))[:-9]}))
