import json
from pathlib import Path

import pytest
import yaml

from inkpipe.cli import main
from inkpipe.cli.score import ScoreSettings, project_settings, score_split
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.evaluation.metrics import score
from inkpipe.imaging import UnreadableImage
from inkpipe.model.prediction import Prediction
from inkpipe.sources.folder import FolderSource

pytest_plugins = ["tests.tiny"]

PARAMS = Path(__file__).parents[2] / "params.yaml"

LABELS = """filename,label,split
a.jpg,ab c,test
b.jpg,CAB,test
c.jpg,  ,test
d.jpg,UNREADABLE,test
e.jpg,empty,test
cut.jpg,CAB,test
gone.jpg,CAB,test
train.jpg,CAB,train
only.jpg,UNREADABLE,validation
"""
RATES = {f"{rate}{end}" for rate in ("cer", "wer", "exact") for end in ("", "_low", "_high")}
SKIPPED = {
    "empty_label": 1,
    "unreadable_label": 2,
    "unreadable_image": 1,
    "label_without_image": 1,
    "image_without_label": 1,
    "filename_repeated": 0,
    "filename_repeated_with_another_label": 0,
    "other_file_without_label": 0,
}


class FakeRecognizer:
    """Recognizes `AB` in every image that is whole."""

    vocabulary = Vocabulary(tuple("ABC"))

    def recognize_each(self, images):
        for key, image in images:
            yield key, UnreadableImage("cut") if len(image) < 100 else Prediction("AB", 1.0)


@pytest.fixture
def folder(tmp_path, monkeypatch, draw, jpeg):
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "data"
    data.mkdir()
    (data / "labels.csv").write_text(LABELS)
    for name in ("a", "b", "c", "d", "e", "train", "only", "unlabelled"):
        (data / f"{name}.jpg").write_bytes(jpeg(draw("CAB")))
    (data / "cut.jpg").write_bytes(jpeg(draw("CAB"))[:80])
    return data


def test_labels_are_normalized_like_those_of_the_training_and_what_cannot_be_scored_is_counted(folder):
    scores, skipped = score_split(FakeRecognizer(), FolderSource(folder), "test", ScoreSettings())
    assert scores == score(["AB C", "CAB"], ["AB", "AB"], 1000, 42)
    assert scores["cer"].value == 3 / 7
    assert {key: skipped[key.replace("_", " ")] for key in SKIPPED} == SKIPPED


def test_json_alone_is_on_standard_output(folder, tiny_model, capsys):
    assert main(["score", "--data", "data", "--split", "test", "--model", str(tiny_model), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {"n", "skipped"} | RATES
    assert answer["n"] == 2
    assert answer["cer_low"] <= answer["cer"] <= answer["cer_high"]
    assert answer["skipped"] == SKIPPED


def test_people_get_a_table(folder, tiny_model, capsys):
    assert main(["score", "--data", "data", "--split", "train", "--model", str(tiny_model)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"1 images of data, train, scored with {tiny_model}"
    assert printed[1].startswith("  CER         ")
    assert printed[4] == "  skipped     1 image without label"


def test_a_split_in_which_nothing_can_be_scored_is_one_error(folder):
    with pytest.raises(InkpipeError, match=r"Nothing in the validation split .* 1 unreadable label"):
        score_split(FakeRecognizer(), FolderSource(folder), "validation", ScoreSettings())


def test_data_that_is_not_there_is_one_message(folder, capsys):
    assert main(["score", "--data", "nowhere", "--split", "test", "--model", "x"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "nowhere" in printed.err


def test_the_real_sample_is_counted_as_its_csv_says(shared_sample):
    _, skipped = score_split(FakeRecognizer(), FolderSource(shared_sample), "validation", ScoreSettings())
    assert skipped == {"empty label": 1, "unreadable label": 2}


def test_the_markers_resamples_and_seed_are_those_of_the_project(folder, tmp_path):
    assert project_settings() == ScoreSettings()
    content = yaml.safe_load(PARAMS.read_text())
    content["validate"]["rules"]["label_usable"]["markers"] = ["cab"]
    content["evaluate"]["bootstrap"], content["seed"] = 50, 7
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content))
    assert project_settings() == ScoreSettings(("cab",), 50, 7)
    _, skipped = score_split(FakeRecognizer(), FolderSource(folder), "test", project_settings())
    assert skipped["unreadable label"] == 2  # b.jpg and cut.jpg


def test_the_settings_outside_of_a_project_are_those_of_the_repository(folder, tmp_path):
    (tmp_path / "params.yaml").write_text(PARAMS.read_text())
    assert project_settings() == ScoreSettings()
