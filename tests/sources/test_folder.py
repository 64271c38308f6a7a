import unicodedata
import zipfile

import pytest

from inkpipe.data.corpus import Sample
from inkpipe.errors import InkpipeError
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.listing import ListedFile


def triples(source):
    return {
        split: [tuple(s)[:3] for s in source.samples(split)]
        for split in ("train", "validation", "test")
        if source.count(split)
    }


def test_kaggle_layout(as_data, kaggle_files):
    source = FolderSource(as_data(kaggle_files), max_unmatched_fraction=0.0)
    assert triples(source) == {
        "train": [("TRAIN_1.jpg", "ANNE", b"one"), ("TRAIN_2.jpg", "NA", b"two")],
        "validation": [("VALIDATION_1.jpg", None, b"three")],
        "test": [("TEST_1.jpg", "LEA-MARIE", b"four")],
    }
    assert source.describe()["layout"] == "kaggle"
    assert source.describe()["skipped"] == {}


@pytest.mark.parametrize(
    "move",
    [
        lambda name: f"handwriting recognition/{name}",
        lambda name: f"./{name}",
        lambda name: f"archive/test/{name}",
        lambda name: name.replace("_v2/", "/"),
        lambda name: name.replace("train_v2/train/", "train_v2/").replace("_v2.csv", ".csv"),
        lambda name: name.replace("written_name_", "CSV/written_name_"),
        lambda name: name.replace("train_v2/train/", "TRAIN_V2/Train/"),
    ],
    ids=["top folder", "dot", "top folder called as a split", "no version", "one folder less", "csv apart", "case"],
)
def test_usual_nestings_of_the_kaggle_layout(as_data, kaggle_files, move):
    source = FolderSource(
        as_data({move(name): content for name, content in kaggle_files.items()}), max_unmatched_fraction=0.0
    )
    assert [sample.filename for sample in source.samples("train")] == ["TRAIN_1.jpg", "TRAIN_2.jpg"]
    assert {split: source.count(split) for split in ("train", "validation", "test")} == {
        "train": 2,
        "validation": 1,
        "test": 1,
    }


def test_plain_layout_with_splits_and_folders(as_data):
    labels = b"filename,label,split\nb/2.png,TWO,test\n./1.jpg,ONE,train\nc\\3.jpg,THREE,Validation\n"
    files = {
        "top/labels.csv": labels,
        "top/1.jpg": b"1",
        "top/b/2.png": b"2",
        "top/c/3.jpg": b"3",
        "top/notes.txt": b"",
    }
    assert triples(FolderSource(as_data(files), max_unmatched_fraction=0.0)) == {
        "train": [("./1.jpg", "ONE", b"1")],
        "validation": [("c\\3.jpg", "THREE", b"3")],
        "test": [("b/2.png", "TWO", b"2")],
    }


@pytest.mark.parametrize(
    "labels",
    [
        b'filename, label, split\n1.jpg, "ANNE; LEA", train\n2.jpg, "EVE", train\n',
        b"filename,label\r1.jpg,ANNE; LEA\r2.jpg,EVE\r",
        b'sep=|\r\nFILENAME|Label|\r\n1.jpg|"ANNE; LEA"|\r2.jpg|EVE|\n',
    ],
    ids=["blanks around quotes", "cr and semicolons in labels", "pipes"],
)
def test_dialects_of_label_files(as_data, labels, capsys):
    files = {"labels.csv": labels, "1.jpg": b"1", "2.jpg": b"2"}
    source = FolderSource(as_data(files), validation_fraction=0, test_fraction=0, max_unmatched_fraction=0.0)
    assert triples(source) == {"train": [("1.jpg", "ANNE; LEA", b"1"), ("2.jpg", "EVE", b"2")]}
    assert capsys.readouterr().out == ""


def test_characters_around_the_labels_are_announced(as_data, kaggle_files, capsys):
    kaggle_files["written_name_train_v2.csv"] = "FILENAME,IDENTITY\nTRAIN_1.jpg,«ANNE»\nTRAIN_2.jpg,«NA»\n".encode()
    assert FolderSource(as_data(kaggle_files)).count("train") == 2
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" (")[0] for line in lines] == [f"written_name_train_v2.csv: {sign!r}" for sign in "«»"]
    assert "of 2 labels, for example '«ANNE»'" in lines[0]


def numbered(count):
    labels = "filename,label\n" + "".join(f"{i}.jpg,N{i}\n" for i in range(count))
    return {"labels.csv": labels.encode()} | {f"{i}.jpg": b"%d" % i for i in range(count)}


def test_split_by_hash_follows_the_name_alone(as_zip):
    source = FolderSource(as_zip(numbered(1000)), validation_fraction=0.2, test_fraction=0.1)
    members = {split: {s.filename for s in source.samples(split)} for split in ("train", "validation", "test")}
    assert {split: len(names) for split, names in members.items()} == {"train": 710, "validation": 199, "test": 91}
    fewer = FolderSource(as_zip(numbered(100), "fewer.zip"), validation_fraction=0.2, test_fraction=0.1)
    assert {s.filename for s in fewer.samples("test")} == {n for n in members["test"] if int(n[:-4]) < 100}


def test_fractions_of_zero_leave_all_to_train(as_zip):
    source = FolderSource(as_zip(numbered(50)), validation_fraction=0.0, test_fraction=0.0)
    assert source.count("train") == 50
    with pytest.raises(InkpipeError, match=r"has no split 'test'. It has: train"):
        source.samples("test")


def with_unmatched(files):
    files = dict(files)
    files["written_name_train_v2.csv"] += b"LOST_1.jpg,LOST\nTRAIN_1.jpg,ANNE\n,NAMELESS\nTRAIN_1.jpg,ANNA\n"
    files |= {"test_v2/test/EXTRA.jpg": b"extra", "stray.png": b"stray", "test_v2/readme.txt": b"no image"}
    return files | {"__MACOSX/test_v2/test/._TEST_1.jpg": b"litter", "train_v2/train/.hidden.jpg": b"litter"}


def test_unmatched_files_stop_with_counts_fraction_and_names(as_data, kaggle_files):
    with pytest.raises(InkpipeError) as caught:
        FolderSource(as_data(with_unmatched(kaggle_files)), max_unmatched_fraction=0.4)
    message = str(caught.value)
    assert "4 labels cannot be matched with an image, 50.00% of the data" in message
    assert "label without image: 2 (train: no name (line 6), train: LOST_1.jpg (line 4))" in message
    assert "image without label: 2 (" in message
    assert "test: test_v2/test/EXTRA.jpg" in message
    assert "filename repeated: 1 (train: TRAIN_1.jpg (line 5))" in message
    assert "filename repeated with another label: 1 (train: TRAIN_1.jpg (line 7))" in message
    assert "raise data.folder.max_unmatched_fraction" in message
    assert "Links" not in message


def test_tolerated_unmatched_files_are_skipped_with_all_that_is_known(as_zip, kaggle_files):
    source = FolderSource(as_zip(with_unmatched(kaggle_files)), max_unmatched_fraction=0.6)
    assert [s.filename for s in source.samples("train")] == ["TRAIN_1.jpg", "TRAIN_2.jpg"]
    assert next(source.samples("train")).label == "ANNE"
    assert source.describe()["skipped"] == {
        "label without image": {
            "count": 2,
            "first": [
                {"split": "train", "filename": "", "label": "NAMELESS", "line": 6},
                {"split": "train", "filename": "LOST_1.jpg", "label": "LOST", "line": 4},
            ],
        },
        "image without label": {
            "count": 2,
            "first": [{"split": "test", "filename": "test_v2/test/EXTRA.jpg"}, {"filename": "stray.png"}],
        },
        "filename repeated": {
            "count": 1,
            "first": [{"split": "train", "filename": "TRAIN_1.jpg", "label": "ANNE", "line": 5}],
        },
        "filename repeated with another label": {
            "count": 1,
            "first": [{"split": "train", "filename": "TRAIN_1.jpg", "label": "ANNA", "line": 7}],
        },
    }


def test_every_file_without_label_is_named_whatever_its_extension(as_data, kaggle_files):
    images = {f"train_v2/train/a.{kind}" for kind in ("jfif", "jp2", "HEIC", "jpe", "png")}
    others = {"train_v2/train/a", "model.h5", "other.csv"}
    litter = {"Thumbs.db", "train_v2/.DS_Store", "__MACOSX/train_v2/._a.heic", "README", "docs/notes.md", "LICENSE"}
    source = FolderSource(
        as_data(kaggle_files | dict.fromkeys(images | others | litter, b"x")), max_unmatched_fraction=0.6
    )
    assert {file.filename for file in source.skipped.first("image without label")} == images
    assert {file.filename for file in source.skipped.first("other file without label")} == others
    assert source.skipped.counts() == {"image without label": 5, "other file without label": 3}


def test_links_to_directories_are_named_where_images_are_missing(tmp_path):
    for folder in ("elsewhere", "data/deep"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "elsewhere/1.jpg").write_bytes(b"1")
    (tmp_path / "data/labels.csv").write_bytes(b"filename,label\nimages/1.jpg,A\n")
    for link in ("data/images", "data/deep/more"):
        (tmp_path / link).symlink_to(tmp_path / "elsewhere")
    message = r"without image: 1 .*\nLinks to directories are not followed: deep/more, images. Put the directories"
    with pytest.raises(InkpipeError, match=message):
        FolderSource(tmp_path / "data", max_unmatched_fraction=0.0)
    (tmp_path / "data/labels.csv").unlink()
    with pytest.raises(InkpipeError, match=r"no labels in a known layout.* not followed: deep/more, images"):
        FolderSource(tmp_path / "data")


def test_a_directory_may_itself_be_a_link(tmp_path, kaggle_files):
    for name, content in kaggle_files.items():
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_bytes(content)
    (tmp_path / "link").symlink_to(tmp_path / "data")
    assert FolderSource(tmp_path / "link", max_unmatched_fraction=0.0).count("train") == 2


def test_files_that_are_no_images_do_not_stop(as_data, kaggle_files):
    source = FolderSource(as_data(kaggle_files | {"model.h5": b"x"}), max_unmatched_fraction=0.0)
    assert source.skipped.counts() == {"other file without label": 1}


def test_long_lists_of_unmatched_files_are_cut_in_messages(as_zip):
    files = numbered(9)
    with pytest.raises(InkpipeError, match=r"label without image: 9 \(.*, \.\.\.\)"):
        FolderSource(as_zip({"labels.csv": files["labels.csv"]}), max_unmatched_fraction=0.0)


def test_without_a_limit_nothing_stops(as_data):
    source = FolderSource(as_data({"labels.csv": b"filename,label,split\n1.jpg,A,test\n", "train/2.jpg": b"2"}))
    assert source.skipped.first("image without label") == [ListedFile(None, "train/2.jpg", "image without label")]
    assert source.skipped.first("label without image") == [ListedFile("test", "1.jpg", "label without image", "A", 2)]
    with pytest.raises(InkpipeError, match="It has: none"):
        source.samples("test")


def test_two_images_for_one_label(as_data, kaggle_files):
    source = FolderSource(as_data(kaggle_files | {"train_v2/TRAIN_1.jpg": b"other"}))
    assert source.count("train") == 2
    assert source.skipped.counts() == {"image without label": 1}


def test_labels_cannot_reach_out_of_the_data(as_data, tmp_path):
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    labels = f"filename,label,split\n../secret.jpg,A,train\n{tmp_path}/secret.jpg,B,train\n".encode()
    source = FolderSource(as_data({"labels.csv": labels}))
    assert source.skipped.counts() == {"label without image": 2}
    assert source.count("train") == 0


def test_accents_match_however_they_are_composed(as_data):
    name = "zoé.jpg"
    labels = f"filename,label,split\n{unicodedata.normalize('NFC', name)},ZOÉ,train\n".encode()
    source = FolderSource(
        as_data({"labels.csv": labels, unicodedata.normalize("NFD", name): b"z"}), max_unmatched_fraction=0.0
    )
    assert list(source.samples("train")) == [Sample(name, "ZOÉ", b"z")]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"1.jpg": b"1", "2.jpg": b"2", "a/my list.csv": "sep=;\nScan;Text\n1;Jörg\n".encode()},
            "The data has no labels in a known layout. Received: PATH with 2 .jpg, 1 .csv; "
            "a/my list.csv begins with 'Scan;Text'. Expected: labels.csv (the columns filename,label[,split]); "
            "written_name_{split}_v2.csv (split: train, validation, test) (the columns FILENAME,IDENTITY); ",
        ),
        ({"__MACOSX/1.jpg": b""}, "Received: PATH with no file. Expected"),
        (
            {"a/labels.csv": b"", "b/labels.csv": b""},
            "More than one file could hold the labels. Received: a/labels.csv, b/labels.csv",
        ),
        ({"labels.csv": b"", "written_name_test_v2.csv": b""}, "in more than one layout. Received: plain (1 files"),
        ({"written_name_test.csv": b"", "written_name_test_v2.csv": b""}, "More than one file"),
        (
            {"labels.csv": b"filename,label,split\n1.jpg,A,train\n2.jpg,B,dev\n"},
            "Line 3 of labels.csv names no split. Received: 'dev'",
        ),
        ({"labels.csv": b"filename,label,split\n1.jpg,A,\n"}, "Line 2 of labels.csv names no split. Received: ''"),
        ({"labels.csv": b"scan,label\n"}, "labels.csv has no column 'filename'"),
    ],
)
def test_faulty_data_is_named(as_data, files, message):
    with pytest.raises(InkpipeError) as caught:
        FolderSource(path := as_data(files))
    assert message in str(caught.value).replace(str(path), "PATH")


def test_the_order_of_a_zip_is_that_of_its_entries(as_zip):
    labels = b"filename,label,split\n1.jpg,A,train\n2.jpg,B,train\n3.jpg,C,train\n"
    source = FolderSource(as_zip({"3.jpg": b"3", "1.jpg": b"1", "labels.csv": labels, "2.jpg": b"2"}))
    assert [sample.filename for sample in source.samples("train")] == ["3.jpg", "1.jpg", "2.jpg"]


def test_real_handwriting(shared_sample):
    source = FolderSource(shared_sample, max_unmatched_fraction=0.0)
    assert {split: source.count(split) for split in ("train", "validation", "test")} == {
        "train": 9477,
        "validation": 500,
        "test": 64,
    }
    first = next(source.samples("train"))
    assert (first.filename, first.label, len(first.image)) == ("TRAIN_00001.jpg", "BALTHAZAR", 4427)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_entries_with_one_name_the_first_counts(as_zip, kaggle_files, tmp_path):
    path = as_zip(kaggle_files)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("train_v2/train/TRAIN_1.jpg", b"other")
    source = FolderSource(path)
    assert [sample.image for sample in source.samples("train")] == [b"one", b"two"]
    assert source.describe()["skipped"] == {
        "image without label": {
            "count": 1,
            "first": [{"split": "train", "filename": "train_v2/train/TRAIN_1.jpg"}],
        }
    }


def test_a_hidden_image_with_a_label_is_an_image_like_others(as_data):
    labels = b"filename,label,split\n.hidden/1.jpg,A,train\n"
    source = FolderSource(as_data({"labels.csv": labels, ".hidden/1.jpg": b"1"}), max_unmatched_fraction=0.0)
    assert list(source.samples("train")) == [Sample(".hidden/1.jpg", "A", b"1")]


def test_two_layouts_at_once_are_refused_with_both(as_data, kaggle_files):
    message = (
        r"more than one layout. Received: plain \(1 files such as labels.csv\); kaggle \(3 files such as .*"
        r"Choose one: -S data.folder.layout=plain or -S data.folder.layout=kaggle"
    )
    with pytest.raises(InkpipeError, match=message):
        FolderSource(as_data(kaggle_files | {"labels.csv": b"filename,label\n"}))


def test_notes_need_no_label_and_litter_holds_none(as_data, kaggle_files):
    litter = {"__MACOSX/written_name_train_v2.csv": b"x", ".git/labels.csv": b"x", "._labels.csv": b"x"}
    source = FolderSource(as_data(kaggle_files | litter | {"notes.txt": b"x"}), max_unmatched_fraction=0.0)
    assert source.describe()["layout"] == "kaggle"
    assert source.describe()["skipped"] == {}
