import pytest
from tests.sources.memory import MemoryFiles, find

from inkpipe.errors import InkpipeError
from inkpipe.sources.entries import Entry
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.join import ImageKey, LabelRow
from inkpipe.sources.layouts import PlainLayout
from inkpipe.sources.listing import FOUND_ELSEWHERE, LABEL_WITHOUT_IMAGE, Listing


def rows(content, name="top/labels.csv"):
    return list(find(PlainLayout, [name]).rows(MemoryFiles({name: content}), Listing(), Listing()))


@pytest.mark.parametrize("name", ["labels.csv", "a/b/Labels.CSV"])
def test_the_label_file_is_found(name):
    assert find(PlainLayout, ["a.jpg", name]).label_files == (Entry(name, 1),)


@pytest.mark.parametrize("name", ["mylabels.csv", "labels.csv.bak", "labels.csv/a.jpg"])
def test_other_files_are_not_label_files(name):
    assert find(PlainLayout, [name]) is None


def test_two_label_files_are_refused():
    with pytest.raises(InkpipeError, match=r"More than one file.*Keep one labels.csv"):
        find(PlainLayout, ["a/labels.csv", "b/labels.csv"])


def test_filenames_are_relative_to_the_label_file():
    assert rows(b"filename,label\n./x/1.jpg,ONE\n..\\2.jpg,TWO\n") == [
        LabelRow("top/x/1.jpg", "./x/1.jpg", "ONE", None, 2),
        LabelRow("2.jpg", "..\\2.jpg", "TWO", None, 3),
    ]


def test_rows_name_their_split():
    assert [row.split for row in rows(b"filename,label,split\n1.jpg,A,Train\n2.jpg,B, test \n")] == ["train", "test"]


@pytest.mark.parametrize("split", ["dev", ""])
def test_an_unknown_split_is_named_with_its_line(split):
    message = f"Line 2 of top/labels.csv names no split. Received: '{split}'. Write train, validation, test, or leave"
    with pytest.raises(InkpipeError, match=message):
        rows(f"filename,label,split\n1.jpg,A,{split}\n".encode())


def test_any_file_may_be_an_image():
    assert find(PlainLayout, ["labels.csv"]).image("x/./1.jpg") == ImageKey("x/1.jpg", None)


def test_further_columns_travel_under_names_that_the_manifest_has_not():
    (row,) = rows(b"filename,label,writer,width,,Date\n1.jpg,A, w1 ,7,x,\n")
    assert row.extra == {"writer": "w1", "source_width": "7", "Date": None}


def test_images_may_lie_in_another_folder_and_names_may_lack_the_extension(as_data):
    files = {"labels.csv": b"filename,label\n1.png,A\n2,B\nimg/3.png,C\n4.png,D\n"}
    source = FolderSource(
        as_data(files | dict.fromkeys(["img/1.png", "img/2.JPG", "img/3.png"], b"x")),
        validation_fraction=0.0,
        test_fraction=0.0,
    )
    assert sorted((sample.filename, sample.label) for sample in source.samples("train")) == [
        ("1.png", "A"),
        ("2", "B"),
        ("img/3.png", "C"),
    ]
    assert [str(file) for file in source.noticed.first(FOUND_ELSEWHERE)] == [
        "1.png (line 2) (img/1.png)",
        "2 (line 3) (img/2.JPG)",
    ]
    assert [str(file) for file in source.skipped.first(LABEL_WITHOUT_IMAGE)] == ["4.png (line 5)"]
