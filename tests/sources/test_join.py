import pytest

from inkpipe.sources.entries import Entry
from inkpipe.sources.join import ImageKey, LabeledFile, LabelRow, UnlabeledFile, join
from inkpipe.sources.listing import ListedFile, Listing


@pytest.fixture
def joined():
    """Join rows to files by the files' names, and give the skipped labels too."""

    def run(rows, names, split=None):
        skipped = Listing()
        entries = [Entry(name, place) for place, name in enumerate(names)]
        return join(rows, entries, lambda name: ImageKey(name, split), skipped), skipped

    return run


def row(image, label, split="train", line=2, filename=None):
    return LabelRow(image, image if filename is None else filename, label, split, line)


def test_labels_and_files_are_joined_in_the_order_of_files(joined):
    rows = [row("1.jpg", "ONE", line=2), row("2.jpg", None, line=3), row("3.jpg", "THREE", "test", 4)]
    result, skipped = joined(rows, ["2.jpg", "1.jpg"])
    assert result.labeled == [LabeledFile(rows[1], Entry("2.jpg", 0)), LabeledFile(rows[0], Entry("1.jpg", 1))]
    assert result.unlabeled == []
    assert skipped.first("label without image") == [ListedFile("test", "3.jpg", "label without image", "THREE", 4)]


def test_the_first_label_of_an_image_counts(joined):
    rows = [row("k", "ONE"), row("k", "ONE", "test", 3, "./k"), row("k", "TWO", line=4), row("k", None, line=5)]
    result, skipped = joined(rows, ["k"])
    assert result.labeled == [LabeledFile(row("k", "ONE"), Entry("k", 0))]
    assert skipped.first("filename repeated") == [ListedFile("test", "./k", "filename repeated", "ONE", 3)]
    assert [file.line for file in skipped.first("filename repeated with another label")] == [4, 5]


def test_the_first_file_of_a_label_counts(joined):
    result, _ = joined([row("k", "ONE")], ["k", "k"])
    assert result.labeled == [LabeledFile(row("k", "ONE"), Entry("k", 0))]
    assert result.unlabeled == [UnlabeledFile(Entry("k", 1), None)]


def test_files_without_a_label_have_the_split_of_their_place(joined):
    result, _ = joined([], ["a", "b"], split="test")
    assert result == ([], [UnlabeledFile(Entry("a", 0), "test"), UnlabeledFile(Entry("b", 1), "test")])


def test_rows_without_a_filename_are_skipped(joined):
    result, skipped = joined([row("k", "ONE", filename="")], ["k"])
    assert result.labeled == []
    assert skipped.counts() == {"label without image": 1}


def test_labels_without_a_file_are_skipped_in_the_order_of_their_images(joined):
    _, skipped = joined([row("b", "B"), row("a", "A")], [])
    assert [file.filename for file in skipped.first("label without image")] == ["a", "b"]


def test_a_file_whose_name_differs_in_case_alone_is_named_beside_the_label(joined):
    result, skipped = joined([row("upper.png", "ONE"), row("a.png", "A")], ["UPPER.PNG", "a.png", "A.png"])
    assert [file.entry.name for file in result.labeled] == ["a.png"]
    assert [str(file) for file in skipped.first("label without image")] == [
        "train: upper.png (line 2) (there is UPPER.PNG)"
    ]
