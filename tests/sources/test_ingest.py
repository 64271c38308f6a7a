import errno
import hashlib
import json
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from inkpipe.data.corpus import SPLITS, Corpus, Sample
from inkpipe.errors import InkpipeError
from inkpipe.sources import IngestResult, ingest

STAGE = Path(__file__).parents[2] / "stages/download.py"


@pytest.fixture
def folder_params(make_params):
    return lambda path, **values: make_params(data__source="folder", data__folder__path=str(path), **values)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_corpus_holds_every_row_untouched(as_data, kaggle_files, folder_params, download, tmp_path, every_row):
    result = download(folder_params(as_data(kaggle_files)))
    assert result == IngestResult({"train": 2, "validation": 1, "test": 1}, {})
    assert list(every_row(tmp_path / "raw", "train")) == [
        Sample("TRAIN_1.jpg", "ANNE", b"one"),
        Sample("TRAIN_2.jpg", "NA", b"two"),
    ]
    assert list(every_row(tmp_path / "raw", "validation")) == [Sample("VALIDATION_1.jpg", None, b"three")]
    assert [sample.label for sample in every_row(tmp_path / "raw", "test")] == ["LEA-MARIE"]


def test_source_json_says_what_came_in_and_no_more(as_zip, kaggle_files, folder_params, download, tmp_path):
    path = as_zip(kaggle_files | {"train_v2/train/EXTRA.jpg": b""})
    params = folder_params(path, data__folder__max_unmatched_fraction=0.2)
    assert download(params).skipped == {"image without label": 1}
    digests = {split: hashlib.sha256((tmp_path / f"raw/{split}.parquet").read_bytes()).hexdigest() for split in SPLITS}
    assert json.loads((tmp_path / "raw/source.json").read_text()) == {
        "source": "folder",
        "layout": "kaggle",
        "archive": {
            "name": "data.zip",
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        },
        "skipped": {
            "image without label": {
                "count": 1,
                "first": [{"split": "train", "filename": "train_v2/train/EXTRA.jpg"}],
            }
        },
        "splits": {
            "train": {"rows": 2, "sha256": digests["train"]},
            "validation": {"rows": 1, "sha256": digests["validation"]},
            "test": {"rows": 1, "sha256": digests["test"]},
        },
    }


def test_the_same_data_gives_the_same_bytes(as_zip, kaggle_files, folder_params, download, tmp_path):
    path = as_zip(kaggle_files)
    for name in ("a", "b"):
        download(folder_params(path), name)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def with_unlabeled(count):
    """As many labeled images for each unlabeled one as the public archive has."""
    names = [f"{number}.jpg" for number in range(3391)]
    labels = "filename,label,split\n" + "".join(f"{name},A,train\n" for name in names)
    extra = [f"extra{number}.jpg" for number in range(count)]
    return {"labels.csv": labels.encode()} | dict.fromkeys(names + extra, b"x")


def test_the_images_without_a_label_of_the_public_archive_are_tolerated_by_default(
    as_zip, folder_params, download, tmp_path
):
    result = download(folder_params(as_zip(with_unlabeled(1))))
    assert result == IngestResult({"train": 3391, "validation": 0, "test": 0}, {"image without label": 1})
    assert json.loads((tmp_path / "raw/source.json").read_text())["skipped"] == {
        "image without label": {"count": 1, "first": [{"filename": "extra0.jpg"}]}
    }


def test_images_that_are_not_transcribed_yet_stop_nothing(as_zip, folder_params, download):
    assert download(folder_params(as_zip(with_unlabeled(5000)))).skipped == {"image without label": 5000}


def test_more_unmatched_labels_stop_by_default(as_zip, folder_params, download, tmp_path):
    files = with_unlabeled(0)
    files["labels.csv"] += b"".join(b"lost%d.jpg,A,train\n" % i for i in range(4))
    with pytest.raises(InkpipeError, match=r"4 labels cannot be matched .*, 0.12% .* Tolerated: 0.10%"):
        download(folder_params(as_zip(files)))
    assert not (tmp_path / "raw").exists()


def test_relative_paths_count_from_the_project(as_zip, kaggle_files, folder_params, open_params, tmp_path, monkeypatch):
    as_zip(kaggle_files)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    assert open_params(folder_params("data.zip")).count("train") == 2


def test_absent_splits_become_empty_files(as_zip, folder_params, download, tmp_path):
    path = as_zip({"labels.csv": b"filename,label,split\n1.jpg,A,train\n", "1.jpg": b"1"})
    assert download(folder_params(path)) == IngestResult({"train": 1, "validation": 0, "test": 0}, {})
    assert Corpus(tmp_path / "raw").count("test") == 0


def test_no_path_stops(folder_params, open_params):
    with pytest.raises(InkpipeError, match=r"data.folder.path is empty"):
        open_params(folder_params(""))


@pytest.mark.parametrize(("source", "name"), [("folder", "data__folder__path"), ("kaggle", "runtime__kaggle_cache")])
def test_a_path_in_the_home_of_nobody_stops(make_params, open_params, source, name):
    with pytest.raises(InkpipeError, match=r"Received: ~no-such-user/x. Write the path in full"):
        open_params(make_params(data__source=source, **{name: "~no-such-user/x"}))


def test_no_training_image_stops(as_zip, kaggle_files, folder_params, download):
    only_test = {name: content for name, content in kaggle_files.items() if "test" in name}
    with pytest.raises(InkpipeError, match=r"Received: 0 train, 0 validation, 1 test of data.source folder"):
        download(folder_params(as_zip(only_test)))


def test_a_faulty_archive_leaves_earlier_outputs_untouched(as_zip, kaggle_files, folder_params, download, tmp_path):
    path = as_zip(kaggle_files, compression=0)
    download(folder_params(path))
    before = contents(tmp_path / "raw")
    path.write_bytes(path.read_bytes().replace(b"two", b"too"))
    with pytest.raises(InkpipeError, match=r"corrupt entry 'train_v2/train/TRAIN_2.jpg'"):
        download(folder_params(path))
    assert contents(tmp_path / "raw") == before
    assert {path.name for path in tmp_path.iterdir()} == {"data.zip", "raw"}


def test_a_full_disk_is_named(as_zip, kaggle_files, folder_params, download, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ingest, "write_split", full)
    with pytest.raises(InkpipeError, match=r"disk is full. Received: No space left on device for .*raw"):
        download(folder_params(as_zip(kaggle_files)))
    assert {path.name for path in tmp_path.iterdir()} == {"data.zip"}


def test_the_embedded_default_comes_in_too(make_params, download, tmp_path, every_row):
    size = {f"synthetic__{split}": 3 for split in SPLITS}
    params = make_params(data__source="synthetic", **size)
    assert download(params) == IngestResult({"train": 3, "validation": 3, "test": 3}, {})
    samples = every_row(tmp_path / "raw", "train")
    assert isinstance(samples, Iterator)
    assert all(sample.label and sample.image for sample in samples)


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """Run the stage in a project with these params, and give the line that it ends with."""

    def run(params):
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(params.model_dump(mode="json", by_alias=True)))
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("DVC_ROOT", raising=False)
        return runpy.run_path(str(STAGE))["main"]()

    return run


def test_the_stage_says_in_one_line_what_came_in(as_zip, folder_params, stage, tmp_path):
    line = stage(folder_params(as_zip(with_unlabeled(0))))
    assert line == "folder: train 3,391, validation 0, test 0 images"
    assert Corpus(tmp_path / "data/raw").count("train") == 3391


def test_the_stage_says_how_much_was_skipped(as_zip, folder_params, stage):
    files = with_unlabeled(2)
    files["labels.csv"] += b"lost.jpg,A,train\n"
    line = stage(folder_params(as_zip(files)))
    assert line == "folder: train 3,391, validation 0, test 0 images; 2 not transcribed yet; 1 skipped, see source.json"


def test_the_stage_says_what_was_noticed(as_zip, folder_params, stage, capsys, tmp_path):
    files = with_unlabeled(0)
    files["labels.csv"] = files["labels.csv"].replace(b"7.jpg,A,", b"7.jpg,Tom &amp; Jerry,")
    stage(folder_params(as_zip(files)))
    assert (
        "  noticed: label with HTML entities, which are now characters: 339, see source.json\n"
        in capsys.readouterr().out
    )
    noticed = json.loads((tmp_path / "data/raw/source.json").read_text())["noticed"]
    assert noticed["label with HTML entities, which are now characters"]["first"][0]["label"] == "Tom &amp; Jerry"
