import pytest
from tests.sources.memory import find

from inkpipe.errors import InkpipeError
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.layouts.two_columns import TableLayout


def pairs(source):
    return {
        split: [(sample.filename, sample.label) for sample in source.samples(split)]
        for split in ("train", "validation", "test")
        if source.count(split)
    }


def open_source(path, **options):
    return FolderSource(path, **{"validation_fraction": 0.0, "test_fraction": 0.0, **options})


@pytest.mark.parametrize(
    "table",
    [
        "image,text\n1.png,eins\n2.png,\"zwei, drei\"\n",
        "file_name\ttext\n1.png\teins\n2.png\tzwei, drei\n",
        "filename;label\n1.png;eins\n2.png;zwei, drei\n",
        "id,Transcription,image_path\n7,eins,1.png\n8,\"zwei, drei\",2.png\n",
        "Image Name;Line-Text\n1.png;eins\n2.png;zwei, drei\n",
        "Dateiname;Transkription\n1.png;eins\n2.png;zwei, drei\n",
        "1.png\teins\n2.png\tzwei, drei\n",
        "1.png eins\n2.png zwei, drei\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["metadata.csv", "gt.txt", "sub/list.tsv"])
def test_two_columns_by_their_usual_names(as_zip, table, name):
    folder = name.rpartition("/")[0]
    prefix = f"{folder}/" if folder else ""
    source = open_source(as_zip({name: table.encode(), f"{prefix}1.png": b"1", f"{prefix}2.png": b"2"}))
    assert source.describe()["layout"] == "table"
    assert pairs(source) == {"train": [("1.png", "eins"), ("2.png", "zwei, drei")]}
    assert [sample.image for sample in source.samples("train")] == [b"1", b"2"]


def test_tables_of_splits_and_further_columns(as_data):
    files = {
        f"{name}.tsv": f"image\ttext\twriter\n{name}.png\t{name}\tw1\n".encode() for name in ("train", "val", "test")
    }
    source = open_source(as_data(files | {f"images/{name}.png": b"x" for name in ("train", "val", "test")}))
    assert pairs(source) == {
        "train": [("train.png", "train")],
        "validation": [("val.png", "val")],
        "test": [("test.png", "test")],
    }
    assert source.extra_columns == ("group", "writer")
    assert next(source.samples("train")).extra == {"writer": "w1", "group": "w1"}
    assert source.noticed.counts() == {"image found in another folder, case or extension than its label says": 3}


def test_a_column_of_splits_counts_and_may_use_other_words(as_zip):
    table = b"image,text,split\n1.png,A,train\n2.png,B,dev\n3.png,C,test\n"
    source = open_source(as_zip({"x.csv": table} | {f"{i}.png": b"x" for i in (1, 2, 3)}))
    assert pairs(source) == {"train": [("1.png", "A")], "validation": [("2.png", "B")], "test": [("3.png", "C")]}
    with pytest.raises(InkpipeError, match="Line 2 of x.csv names no split. Received: 'fold 1'"):
        open_source(as_zip({"x.csv": b"image,text,split\n1.png,A,fold 1\n", "1.png": b"x"}))


def test_names_that_differ_in_case_alone_are_two_images(as_zip):
    files = {"x.csv": b"image,text\na.png,small\nA.png,large\nB.PNG,b\n", "A.png": b"L", "a.png": b"S", "b.png": b"B"}
    source = open_source(as_zip(files), max_unmatched_fraction=0.0)
    assert [(s.filename, s.label, s.image) for s in source.samples("train")] == [
        ("A.png", "large", b"L"),
        ("a.png", "small", b"S"),
        ("B.PNG", "b", b"B"),
    ]


def test_two_tables_of_the_same_images_are_refused():
    with pytest.raises(InkpipeError, match=r"More than one file.*Received: a.csv, b.csv. Keep one table"):
        find(TableLayout, {"a.csv": b"image,text\n", "b.csv": b"image,text\n"})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"id,text\n1,x\n"),
        ("a.csv", b""),
        ("notes.txt", b"Some notes on the images.\n"),
        ("1.gt.txt", b"image,text\n"),
        ("a.png", b"image,text\n"),
        ("a.csv", b"\xff\xfe\x00"),
    ],
)
def test_other_files_are_no_tables(name, content):
    assert find(TableLayout, {name: content}) is None


def test_a_list_with_another_line_in_it_names_it(as_zip):
    with pytest.raises(
        InkpipeError, match=r"Line 2 of gt.txt does not begin with the name of an image. Received: 'zwei'"
    ):
        open_source(as_zip({"gt.txt": b"1.png\teins\nzwei\n", "1.png": b"1"}))


def test_lines_of_pages_without_a_group_are_told(as_zip):
    names = [f"{page:03}_line{line}.png" for page in range(4) for line in range(5)]
    table = "image,text\n" + "".join(f"{name},x\n" for name in names)
    path = as_zip({"x.csv": table.encode()} | dict.fromkeys(names, b"x"))
    (reason,) = open_source(path).noticed.counts()
    assert reason.startswith("no group is known, and lines of one page may be in two splits")
    grouped = open_source(path, group_pattern=r"^\d+")
    assert grouped.noticed.counts() == {}
    assert {sample.extra["group"] for sample in grouped.samples("train")} == {"000", "001", "002", "003"}


def test_rows_without_a_group_are_told(as_zip):
    files = {"x.csv": b"image,text,writer\n1.png,A,w\n2.png,B,\n", "1.png": b"1", "2.png": b"2"}
    source = open_source(as_zip(files))
    assert [
        file.filename
        for file in source.noticed.first("no group in the column or by the pattern: its own name is its group")
    ] == ["2.png"]
    assert [sample.extra["group"] for sample in source.samples("train")] == ["w", None]


def test_folders_of_images_are_splits_where_the_table_names_none(as_zip):
    folders = ("train", "val", "test")
    rows = "".join(f"{folder}/{i}.png,{folder}\n" for folder in folders for i in range(3))
    files = {f"{folder}/{i}.png": b"x" for folder in folders for i in range(3)}
    source = open_source(as_zip({"metadata.csv": f"file_name,text\n{rows}".encode(), **files}))
    assert {split: {label for _, label in each} for split, each in pairs(source).items()} == {
        "train": {"train"}, "validation": {"val"}, "test": {"test"},
    }  # fmt: skip


@pytest.mark.parametrize("extension", [".png", ""])
def test_the_images_of_a_split_are_meant_by_its_table(as_zip, extension):
    files = {f"{split}/{i}.png": split.encode() for split in ("train", "test") for i in range(2)}
    tables = {
        f"{split}.csv": f"image,text\n0{extension},{split}\n1{extension},{split}\n".encode()
        for split in ("train", "test")
    }
    source = open_source(as_zip(tables | files))
    assert pairs(source) == {split: [(f"0{extension}", split), (f"1{extension}", split)] for split in ("train", "test")}
    assert source.skipped.counts() == {}


def test_names_that_several_tables_of_a_split_share_get_their_folders(as_zip):
    files = {f"train/p{page}/{name}.png": b"x" for page in (1, 2) for name in ("0", f"of_{page}")}
    tables = {f"train/p{page}/metadata.csv": f"image,text\n0.png,A\nof_{page}.png,B\n".encode() for page in (1, 2)}
    source = open_source(as_zip(tables | files))
    assert [name for name, _ in pairs(source)["train"]] == ["train/p1/0.png", "of_1.png", "train/p2/0.png", "of_2.png"]
