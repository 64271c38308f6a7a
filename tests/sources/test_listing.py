import pytest

from inkpipe.sources.listing import NAMED, ListedFile, Listing


def test_all_are_counted_and_the_first_are_named():
    skipped = Listing()
    for number in range(NAMED + 5):
        skipped.add(ListedFile("train", f"{number}.jpg", "image without label"))
    skipped.add(ListedFile("test", "1.jpg", "label without image", "ONE", 2))
    described = skipped.describe()
    assert described["image without label"]["count"] == NAMED + 5
    assert [file["filename"] for file in described["image without label"]["first"]] == [
        f"{number}.jpg" for number in range(NAMED)
    ]
    assert described["label without image"] == {
        "count": 1,
        "first": [{"split": "test", "filename": "1.jpg", "label": "ONE", "line": 2}],
    }


def test_counts_are_of_all_splits_or_of_some():
    skipped = Listing()
    for split in ("train", "test", "test", None):
        skipped.add(ListedFile(split, "1.jpg", "image without label"))
    assert skipped.counts() == {"image without label": 4}
    assert skipped.counts(("test", None)) == {"image without label": 3}
    assert skipped.counts(("validation",)) == {}


def test_no_skipped_file_is_described_as_nothing():
    assert Listing().describe() == {}


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (ListedFile("train", "1.jpg", "label without image", "ONE", 2), "train: 1.jpg (line 2)"),
        (ListedFile(None, "x/1.jpg", "image without label"), "x/1.jpg"),
        (ListedFile("test", "", "label without image", "ONE", 2), "test: no name (line 2)"),
    ],
)
def test_a_message_names_a_skipped_file(file, text):
    assert str(file) == text
