import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from inkpipe.cli import label_errors, main
from inkpipe.data.corpus import Sample, write_split
from inkpipe.evaluation.suspect_labels import LabelError


def test_only_training_labels_are_judged_by_folds(tmp_path, monkeypatch, capsys, params_file):
    monkeypatch.chdir(tmp_path)
    params_file(tmp_path)
    assert main(["label-errors", "--split", "test", "--folds", "2"]) == 1
    assert "Received: --split test with 2 folds" in capsys.readouterr().err


def test_epochs_without_folds_are_refused(tmp_path, monkeypatch, capsys, params_file):
    monkeypatch.chdir(tmp_path)
    params_file(tmp_path)
    assert main(["label-errors", "--epochs", "3"]) == 1
    assert "Without folds nothing is trained. Received: --epochs 3. Add --folds 2" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["label-errors", "learning-curve"])
def test_a_folder_with_other_files_is_not_replaced(tmp_path, monkeypatch, capsys, params_file, command):
    monkeypatch.chdir(tmp_path)
    params_file(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    assert main([command, "--out", "mine"]) == 1
    assert "not empty. Received: mine with thesis.txt. Name a new one, or" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_suspect_labels_are_written_with_their_untouched_images(tmp_path, monkeypatch, capsys, params_file, draw, jpeg):
    monkeypatch.chdir(tmp_path)
    params_file(tmp_path)
    errors = [LabelError("b.jpg", "test", "EVE", "ANNA", 7.5), LabelError("a.jpg", "test", "=BOB", "BOD", 2.0)]
    monkeypatch.setattr(label_errors, "_by_model", lambda *_: errors)
    (tmp_path / "data/raw").mkdir(parents=True)
    (tmp_path / "data/records").mkdir()
    index = {"splits": {"test": {"images": 2, "shards": {}}}, "height": 32, "width": 256, "frames": 64}
    (tmp_path / "data/records/records.json").write_text(json.dumps(index))
    samples = [Sample(name, "X", jpeg(draw("ANNA", 40, 300))) for name in ("a.jpg", "b.jpg")]
    write_split(tmp_path / "data/raw", "test", samples)
    assert main(["label-errors", "--split", "test", "--out", "found"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "2 of 2 test labels are less likely than the prediction"
    assert printed[1] == "     7.50  b.jpg  EVE -> ANNA"
    assert printed[-2:] == ["found/label_errors.csv", "found/label_errors.png"]
    assert (tmp_path / "found/label_errors.csv").read_text().splitlines() == [
        "filename,split,label,prediction,score", "b.jpg,test,EVE,ANNA,7.5", "a.jpg,test,'=BOB,BOD,2.0",
    ]  # fmt: skip
    picture = cv2.imread(str(tmp_path / "found/label_errors.png"), cv2.IMREAD_GRAYSCALE)
    assert picture.shape[1] > 2 * 300
    assert (np.asarray(picture) < 60).any()


def test_folds_of_mixed_data_judge_real_labels_and_train_with_all_synthetic_images(
    mixed_project, trained_on, monkeypatch, capsys
):
    monkeypatch.setattr(label_errors, "_untouched_images", lambda *_: {})
    assert main(["label-errors", "--folds", "2", "--out", "found"]) == 0
    rows = Path("found/label_errors.csv").read_text().splitlines()
    assert rows[1:] == [f"{gray}.png,train,ANNA,BNNA,{gray + 1.0}" for gray in reversed(range(8))]
    assert "8 of 8 train labels are less likely than the prediction" in capsys.readouterr().out
    first, second = ([gray for gray in grays if gray < 100] for grays in trained_on)
    assert (len(first), len(second), sorted(first + second)) == (4, 4, list(range(8)))
    assert [[gray for gray in grays if gray >= 100] for grays in trained_on] == [[100, 101, 102, 103]] * 2


def test_the_finished_model_judges_real_labels_too(mixed_project, monkeypatch, capsys):
    judged = []
    monkeypatch.setattr(
        label_errors, "_by_model", lambda samples, *_: judged.extend(name for name, *_ in samples) or []
    )
    assert main(["label-errors", "--folds", "0"]) == 0
    assert judged == [f"{gray}.png" for gray in range(8)]
    assert "0 of 8 train labels" in capsys.readouterr().out
