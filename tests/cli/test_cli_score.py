import json

import pytest

from inkpipe.cli import main
from inkpipe.cli.score import score_split
from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.metrics import score
from inkpipe.serving import Read
from inkpipe.sources.folder import FolderSource
from inkpipe.vocabulary import Vocabulary

pytest_plugins = ["tests.tiny"]

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
SET_ASIDE = {
    "empty_label": 1,
    "unreadable_label": 2,
    "unreadable_image": 1,
    "label_without_image": 1,
    "image_without_label": 1,
    "filename_repeated": 0,
    "filename_repeated_with_another_label": 0,
    "other_file_without_label": 0,
}


class FakeReader:
    """Reads `AB` in every image that is whole."""

    vocabulary = Vocabulary(tuple("ABC"))

    def read_each(self, images):
        for key, image in images:
            yield key, UnreadableImage("cut") if len(image) < 100 else Read("AB", 1.0)


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


def test_labels_are_compared_as_the_reader_knows_them_and_what_cannot_be_scored_is_counted(folder):
    scores, aside = score_split(FakeReader(), FolderSource(folder), "test")
    assert scores == score(["AB C", "CAB"], ["AB", "AB"], 1000, 42)
    assert scores.cer == 3 / 7
    assert {key: aside[key.replace("_", " ")] for key in SET_ASIDE} == SET_ASIDE


def test_json_alone_is_on_standard_output(folder, tiny_reader, capsys):
    assert main(["score", "--data", "data", "--split", "test", "--model", str(tiny_reader), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"n", "set_aside"} | RATES
    assert found["n"] == 2
    assert found["cer_low"] <= found["cer"] <= found["cer_high"]
    assert found["set_aside"] == SET_ASIDE


def test_people_get_a_table(folder, tiny_reader, capsys):
    assert main(["score", "--data", "data", "--split", "train", "--model", str(tiny_reader)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"1 images of data, train, read with {tiny_reader}"
    assert said[1].startswith("  CER         ")
    assert said[4] == "  set aside   1 image without label"


def test_a_split_in_which_nothing_can_be_scored_is_one_error(folder):
    with pytest.raises(InkpipeError, match=r"Nothing in the validation split .* 1 unreadable label"):
        score_split(FakeReader(), FolderSource(folder), "validation")


def test_data_that_is_not_there_is_one_message(folder, capsys):
    assert main(["score", "--data", "nowhere", "--split", "test", "--model", "x"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "nowhere" in said.err


def test_the_real_sample_is_counted_as_its_csv_says(shared_sample):
    _, aside = score_split(FakeReader(), FolderSource(shared_sample), "validation")
    assert aside == {"empty label": 1, "unreadable label": 2}
