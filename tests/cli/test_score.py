import json
import os
from contextlib import nullcontext
from pathlib import Path

import pytest
import yaml

from inkpipe.cli import main
from inkpipe.cli import score as score_command
from inkpipe.cli.score import Observations, ScoreSettings, project_settings, scorable_samples, score_split
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
    "image_size": 0,
    "aspect": 0,
    "ink_fraction": 0,
    "label_without_image": 1,
    "image_without_label": 1,
    "filename_repeated": 0,
    "filename_repeated_with_another_label": 0,
    "page_without_image": 0,
    "page_whose_image_another_file_describes": 0,
    "page_of_another_shape_than_its_image": 0,
    "unreadable_transcript": 0,
    "line_without_a_place_in_its_image": 0,
    "row_of_a_label_file_in_another_form": 0,
    "line_without_text": 0,
    "undecodable_name": 0,
    "unreadable_folder": 0,
    "other_file_without_label": 0,
}


class FakeRecognizer:
    """Recognizes `AB` in every image that is whole."""

    vocabulary = Vocabulary(tuple("ABC"))

    def recognize_each(self, images):
        for key, image in images:
            if isinstance(image, UnreadableImage):
                yield key, image
                continue
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
    assert (
        main(["score", "--data", "data", "--split", "test", "--model", str(tiny_model), "--json"]) == 1
    )  # an image is unreadable
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


@pytest.fixture
def negatives(tmp_path, monkeypatch, draw, jpeg):
    """Seven images, six of them white on black."""
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "data"
    data.mkdir()
    for number in range(7):
        gray = draw("CAB") if number == 3 else 255 - draw("CAB")
        (data / f"{number}.jpg").write_bytes(jpeg(gray))
    (data / "labels.csv").write_text("filename,label,split\n" + "".join(f"{n}.jpg,CAB,test\n" for n in range(7)))
    return data


def test_images_that_the_contract_would_quarantine_are_not_scored_and_counted_by_rule(negatives):
    observations = Observations()
    scores, skipped = score_split(FakeRecognizer(), FolderSource(negatives), "test", ScoreSettings(), observations)
    assert scores.n == 1
    assert skipped == {"ink_fraction": 6}
    (line,) = observations.lines()
    assert line.startswith("ink_fraction (expected: 0.0005 to 0.6 of the pixels ink, 40 gray levels of contrast)")
    assert "not scored: 6 image(s). 0.jpg: 0.9" in line
    assert "5.jpg: 0.9" in line
    assert "6.jpg" not in line
    assert "; ... Give dark writing on a light background" in line
    assert line.endswith("(validate.rules.ink_fraction)")


def test_a_split_of_negatives_only_is_one_error_with_the_advice_of_the_rule(negatives):
    (negatives / "3.jpg").unlink()
    with pytest.raises(
        InkpipeError, match=r"Nothing in the test split .* 6 ink_fraction.* Give dark writing on a light"
    ):
        score_split(FakeRecognizer(), FolderSource(negatives), "test", ScoreSettings())


def test_people_get_the_rule_and_the_names_on_standard_error(negatives, tiny_model, capsys):
    assert main(["score", "--data", "data", "--split", "test", "--model", str(tiny_model)]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines()[4] == "  skipped     6 ink_fraction"
    assert "inkpipe score: ink_fraction (expected: " in printed.err
    assert main(["score", "--data", "data", "--split", "test", "--model", str(tiny_model), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["skipped"]["ink_fraction"] == 6


def test_the_limits_and_the_action_are_those_of_the_project(negatives, tmp_path):
    content = yaml.safe_load(PARAMS.read_text())
    content["validate"]["rules"]["ink_fraction"]["action"] = "warn"
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content))
    observations = Observations()
    source = FolderSource(negatives)
    scores, skipped = score_split(FakeRecognizer(), source, "test", project_settings(), observations)
    assert (scores.n, skipped) == (7, {})
    assert "still scored: 6 image(s)" in next(observations.lines())
    content["validate"]["rules"]["ink_fraction"].update(action="quarantine", max=1.0)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content))
    assert score_split(FakeRecognizer(), source, "test", project_settings()).scores.n == 7


def test_images_that_cannot_be_read_are_named(folder):
    observations = Observations()
    score_split(FakeRecognizer(), FolderSource(folder), "test", ScoreSettings(), observations)
    assert list(observations.lines()) == ["unreadable image: 1 image(s). cut.jpg: cut."]


def broken_folder(data, without_permission):
    """Make each of the images b to g of a folder fail in its own way. Gives what is said of each."""
    names = {letter: data / f"{letter}.jpg" for letter in "bcdefg"}
    without_permission(names["b"])
    for letter in "cdef":
        names[letter].unlink()
    names["c"].symlink_to("nowhere.jpg")
    names["d"].mkdir()
    os.mkfifo(names["e"])
    names["f"].symlink_to("/proc/self/mem")  # its first byte cannot be read
    names["g"].write_bytes(b"")
    return {
        "b": "b.jpg cannot be read. Received: Permission denied.",
        "c": "c.jpg cannot be read. Received: No such file or directory.",
        "e": "e.jpg is not a file. Received: a fifo.",
        "f": "f.jpg cannot be read. Received: Input/output error.",
        "g": "cut",
    }


def test_whatever_is_wrong_with_some_files_the_others_are_scored(
    tmp_path, draw, jpeg, capsys, without_permission, monkeypatch
):
    monkeypatch.setattr(score_command, "open_recognizer", lambda _: nullcontext(FakeRecognizer()))
    data = tmp_path / "data"
    (data / "closed").mkdir(parents=True)
    for name in ("a", "b", "c", "d", "e", "f", "g", "h", "vanishing"):
        (data / f"{name}.jpg").write_bytes(jpeg(draw("CAB")))
    (data / os.fsdecode(b"caf\xe9.jpg")).write_bytes(jpeg(draw("CAB")))
    labels = "".join(f"{name}.jpg,CAB,test\n" for name in [*"abcdefgh", "vanishing"])
    (data / "labels.csv").write_text(f"filename,label,split\n{labels}")
    without_permission(data / "closed")
    expected = broken_folder(data, without_permission)

    code = main(["score", "--data", str(data), "--split", "test", "--json"])

    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert code == 1
    assert answer["n"] == 3  # a, h, vanishing
    counted = {reason: count for reason, count in answer["skipped"].items() if count}
    assert counted == {
        "unreadable_image": len(expected),
        "label_without_image": 1,  # d.jpg is a folder
        "undecodable_name": 1,
        "unreadable_folder": 1,
    }
    assert all(f"{letter}.jpg: " in printed.err and reason in printed.err for letter, reason in expected.items())
    assert r"undecodable name: 1 image(s). caf\xe9.jpg: not scored. Rename them." in printed.err
    assert "unreadable folder: 1 image(s). closed: not scored. Correct their permissions." in printed.err


def test_a_file_that_vanishes_before_it_is_read_is_named_and_the_others_are_scored(folder):
    source, observations = FolderSource(folder), Observations()
    (folder / "a.jpg").unlink()
    scores, skipped = score_split(FakeRecognizer(), source, "test", ScoreSettings(), observations)
    assert (scores.n, skipped["unreadable image"]) == (1, 2)
    (line,) = observations.lines()
    assert line.startswith("unreadable image: 2 image(s). a.jpg: ")
    assert "a.jpg cannot be read. Received: No such file or directory. Correct or remove it." in line


def test_a_comparison_leaves_out_what_cannot_be_read_and_says_so(folder, without_permission):
    without_permission(folder / "a.jpg")
    observations = Observations()
    samples, skipped = scorable_samples(FolderSource(folder), "test", ScoreSettings(), observations)
    assert ([sample.filename for sample in samples], skipped["unreadable image"]) == (["b.jpg", "cut.jpg", "e.jpg"], 1)
    assert "Permission denied" in next(observations.lines())
