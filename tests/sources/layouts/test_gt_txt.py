import pytest
from tests.sources.memory import find

from inkpipe.sources.folder import FolderSource
from inkpipe.sources.layouts.gt_txt import GtTxtLayout


def samples(source, split="train"):
    return [(sample.filename, sample.label, sample.image) for sample in source.samples(split)]


def open_source(path, **options):
    return FolderSource(path, **{"validation_fraction": 0.0, "test_fraction": 0.0, **options})


def test_images_with_a_text_file_each(as_data):
    files = {
        "p 1/0001.png": b"1", "p 1/0001.gt.txt": "Straße\n".encode(),
        "p 1/0002.tif": b"2", "p 1/0002.gt.txt": b"\xef\xbb\xbfzwei\r\n",
        "0003.v2.jpg": b"3", "0003.v2.gt.txt": b" drei",
    }  # fmt: skip
    source = open_source(as_data(files), max_unmatched_fraction=0.0)
    assert source.describe()["layout"] == "gt_txt"
    assert sorted(samples(source)) == [
        ("0003.v2", " drei", b"3"),
        ("p 1/0001", "Straße", b"1"),
        ("p 1/0002", "zwei", b"2"),
    ]


@pytest.mark.parametrize("order", [1, -1])
def test_the_plain_image_counts_before_its_variants(as_zip, order):
    files = {
        "1.bin.png": b"bin",
        "1.nrm.png": b"nrm",
        "1.png": b"plain",
        "1.gt.txt": b"A",
        "2.bin.png": b"b",
        "2.gt.txt": b"B",
    }
    source = open_source(as_zip(dict(list(files.items())[::order])))
    assert sorted(samples(source)) == [("1", "A", b"plain"), ("2", "B", b"b")]
    assert source.skipped.counts() == {"variant of an image, of which one file counts": 2}


def test_half_of_the_images_have_no_text_yet(as_data):
    files = {f"{i}.png": b"x" for i in range(10)} | {f"{i}.gt.txt": b"text" for i in range(3)} | {"3.gt.txt": b" \n"}
    source = open_source(as_data(files), max_unmatched_fraction=0.0)
    assert [label for _, label, _ in samples(source)] == ["text"] * 3 + [None]
    assert source.skipped.counts() == {"image without label": 6}


def test_a_text_without_an_image_is_lost(as_zip):
    source = open_source(as_zip({"1.png": b"1", "1.gt.txt": b"A", "2.gt.txt": b"B"}))
    assert [file.filename for file in source.skipped.first("label without image")] == ["2"]


def test_folders_may_be_splits(as_zip):
    files = {f"{folder}/1.{kind}": b"x" for folder in ("train", "eval", "test") for kind in ("png", "gt.txt")}
    source = open_source(as_zip(files))
    assert {split: source.count(split) for split in ("train", "validation", "test")} == {
        "train": 1,
        "validation": 1,
        "test": 1,
    }


def test_texts_may_be_called_as_their_images_alone(as_data):
    files = {"a/1.png": b"1", "a/1.txt": b"eins", "2.jpg": b"2", "2.TXT": b"zwei", "3.png": b"3", "notes.txt": b"notes"}
    source = open_source(as_data(files), max_unmatched_fraction=0.0)
    assert source.describe()["layout"] == "gt_txt"
    assert sorted(samples(source)) == [("2", "zwei", b"2"), ("a/1", "eins", b"1")]
    assert source.skipped.counts() == {"image without label": 1}


@pytest.mark.parametrize("other", ["page/1.xml", "2.gt.txt", "2.png"])
def test_texts_beside_xml_or_proper_ones_or_without_an_image_are_no_labels(other):
    layout = find(GtTxtLayout, ["1.png" if other != "2.png" else "3.png", "1.txt", other])
    assert (layout and [entry.name for entry in layout.label_files]) == (["2.gt.txt"] if other == "2.gt.txt" else None)
