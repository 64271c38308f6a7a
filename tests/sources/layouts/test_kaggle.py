import pytest
from tests.sources.memory import MemoryFiles
from tests.sources.memory import find as find_layout

from inkpipe.errors import InkpipeError
from inkpipe.sources.entries import Entry
from inkpipe.sources.join import ImageKey, LabelRow
from inkpipe.sources.layouts import KaggleLayout
from inkpipe.sources.listing import Listing


def find(*names):
    return find_layout(KaggleLayout, names)


@pytest.mark.parametrize(
    "name",
    ["written_name_test_v2.csv", "written_name_test.csv", "x/written_name_test_v12.csv", "Written_Name_TEST_v2.CSV"],
)
def test_label_files_are_found(name):
    layout = find("a.jpg", name)
    assert layout.label_files == (Entry(name, 1),)
    assert layout.splits == ("test",)


@pytest.mark.parametrize(
    "name", ["written_name_dev_v2.csv", "my_written_name_test.csv", "written_name_test_v2.csv.bak"]
)
def test_other_files_are_not_label_files(name):
    assert find(name) is None


def test_two_label_files_of_a_split_are_refused():
    with pytest.raises(InkpipeError, match=r"More than one file.*Keep one written_name_\{split\}_v2.csv a split"):
        find("a/written_name_test_v2.csv", "b/written_name_test_v2.csv")


def test_rows_have_the_split_of_their_file():
    files = {
        "written_name_train_v2.csv": b"FILENAME,IDENTITY\nA.jpg,ANNE\n",
        "written_name_test_v2.csv": b"FILENAME,IDENTITY\nA.jpg,\n",
    }
    assert list(find(*files).rows(MemoryFiles(files), Listing(), Listing())) == [
        LabelRow("train/A.jpg", "A.jpg", "ANNE", "train", 2),
        LabelRow("test/A.jpg", "A.jpg", None, "test", 2),
    ]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("train_v2/train/A.jpg", ImageKey("train/A.jpg", "train")),
        ("test/A.jpg", ImageKey("test/A.jpg", "test")),
        ("train/archive/TEST_v3/x/A.jpg", ImageKey("test/x/A.jpg", "test")),
        ("A.jpg", None),
        ("training/A.jpg", None),
    ],
)
def test_an_image_has_the_split_of_its_folder(name, key):
    assert find("written_name_test_v2.csv").image(name) == key
