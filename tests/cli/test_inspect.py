"""`inkpipe inspect` on lines of running text, and the pipeline with the command that it proposes."""

import json
import random
import shlex
import shutil
import subprocess
import sys
from itertools import islice, permutations
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from dvc.utils.hydra import apply_overrides

from inkpipe.cli import main

ROOT = Path(__file__).parents[2]
TEXT = "Le greffier du conseil a donné défaut contre Madame Lefèvre qui doit payer la somme de francs ce jour"
STAGES = """
import runpy
if __name__ == "__main__":
    for stage in {stages!r}:
        print(runpy.run_path({folder!r} + f"/{{stage}}.py")["main"]())
"""


def write_lines(folder, pages=8, lines=8):
    """Lines of a page each as NAME.png and NAME.gt.txt, in mixed case and with a sign that no name has."""
    chance, folder = random.Random(1), Path(folder)
    folder.mkdir()
    for page in range(pages):
        for line in range(lines):
            text = " ".join(chance.sample(TEXT.split(), 9)) + f" = {chance.randrange(1000)}"
            image = np.full((70, 1300), 235, np.uint8)
            ascii_text = text.encode("ascii", "replace").decode()
            cv2.putText(image, ascii_text, (10, 45), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 20, 2, cv2.LINE_AA)
            cv2.imwrite(str(folder / f"p{page:02}_{line:02}.png"), image)
            (folder / f"p{page:02}_{line:02}.gt.txt").write_text(text)
    cv2.imwrite(str(folder / "p99_00.png"), np.full((70, 1300), 235, np.uint8))  # not transcribed yet


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, folder)
    write_lines(folder / "my lines")
    return folder


@pytest.fixture(scope="module")
def inspected(project):
    """The object that `--json` prints; with pictures."""
    command = [sys.executable, "-m", "inkpipe", "inspect", "my lines", "--json", "--pictures", "pictures"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def run_stages(project, *stages):
    script = project / "stages.py"
    script.write_text(STAGES.format(stages=stages, folder=str(ROOT / "stages")))
    return subprocess.run([sys.executable, str(script)], cwd=project, check=False, capture_output=True, text=True)


def test_the_corpus_is_described(inspected):
    corpus = inspected["corpus"]
    assert corpus["layout"] == "gt_txt"
    assert sum(corpus["rows"].values()) == 64
    assert corpus["not_transcribed"] == 1
    assert corpus["labels"]["case"]["mixed"] + corpus["labels"]["case"]["lower"] == 64
    assert corpus["labels"]["symbols"] == {"=": 64}
    assert list(corpus["labels"]["scripts"]) == ["Latin"]
    assert corpus["images"]["width"]["50 %"] == 1300
    assert corpus["images"]["background"]["50 %"] == 235
    assert corpus["images"]["inverted"] is False


def test_the_present_parameters_would_stop_it(inspected):
    present = inspected["present"]
    assert present["rules"]["label_characters"]["verdict"] == "stopped"
    assert present["rules"]["label_characters"]["violations"] == 64
    assert (present["case"], present["changed_labels"]["count"]) == ("keep", 0)
    assert present["line_height"]["below 20 px"] == 64


def test_each_parameter_is_proposed_with_a_reason(inspected):
    parameters = {each["name"]: each["value"] for each in inspected["proposed"]["parameters"]}
    assert all(each["reason"] for each in inspected["proposed"]["parameters"])
    assert parameters["data.folder.path"] == "my lines"
    assert parameters["model.preset"] == "line"
    assert not {"vocabulary.case", "preprocess.crop", "preprocess.height"} & set(parameters)
    assert parameters["validate.rules.label_characters.extra"] == "`="
    assert parameters["data.folder.group_pattern"] == r"^(.*?)\d+\D*(?:\.jp2)?$"
    (warning,) = inspected["proposed"]["warnings"]
    assert warning.startswith("2 test images make no champion")
    assert inspected["proposed"]["line_height"]["below 20 px"] == 0
    assert inspected["proposed"]["frames"]["too_few_of_their_own"] == 0


def test_pictures_show_images_before_and_after(inspected, project):
    picture = cv2.imread(str(project / "pictures/preparation.png"))
    assert picture.shape[0] > 12 * 3 * 30


@pytest.mark.slow
def test_the_first_run_with_the_proposed_command_goes_through(inspected, project):
    """As `dvc exp run` does: its own code writes the options into params.yaml, then the stages run."""
    command = inspected["proposed"]["command"]
    words = shlex.split(command.replace("\\\n", " "), comments=True)  # as a shell joins lines
    assert words[:3] == ["dvc", "exp", "run"]
    apply_overrides(project / "params.yaml", words[4::2])
    done = run_stages(project, "download", "validate", "vocabulary", "preprocess")
    assert done.returncode == 0, done.stderr
    assert "64 rows in, 64 accepted" in done.stdout
    assert "prepared train" in done.stdout


def test_data_without_a_label_is_one_message(tmp_path, monkeypatch, capsys):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    (tmp_path / "empty").mkdir()
    assert main(["inspect", "empty"]) == 1
    assert "inkpipe inspect: The data has no" in capsys.readouterr().err


def test_the_text_says_what_the_json_says(project, inspected, monkeypatch, capsys):
    monkeypatch.chdir(project)
    shutil.copy(ROOT / "params.yaml", project)
    assert main(["inspect", "my lines"]) == 0
    text = capsys.readouterr().out
    assert text.endswith(inspected["proposed"]["command"] + "\n")
    assert "layout: gt_txt" in text
    assert "symbols: = 64" in text
    assert "vocabulary.case: auto takes keep: " in text
    assert "stopped: label_characters: 64 of 64 rows" in text
    assert "lines lower than 20 px: 64 of 64" in text
    assert "lines lower than 20 px: 0 of 64" in text


@pytest.fixture
def alike(tmp_path, monkeypatch, draw):
    """A project, which is the working folder, and data beside it behind a link: 40 short labels."""
    project, data = tmp_path / "project", tmp_path / "disk/names"
    project.mkdir()
    data.mkdir(parents=True)
    shutil.copy(ROOT / "params.yaml", project)
    monkeypatch.chdir(project)
    monkeypatch.setenv("DVC_ROOT", str(project))
    for number, letters in enumerate(islice(permutations("ABCDE", 3), 40)):
        cv2.imwrite(str(data / f"{number}.png"), draw("".join(letters)))
        (data / f"{number}.gt.txt").write_text("".join(letters))
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    return "../link/names"


def test_equal_effects_are_said_shortly(alike, capsys):
    assert main(["inspect", alike]) == 0
    text = capsys.readouterr().out
    assert "  characters of a label: median 3 (96 % from 3 to 3, all from 3 to 3); words: median 1 (" in text
    assert "\nThe proposed ones would do the same\n  warning: 2 test images make no champion" in text
    assert " training images are few\n" in text


def test_a_path_is_proposed_as_it_was_given(alike, monkeypatch, capsys):
    assert main(["inspect", alike]) == 0
    assert "\n  -S data.folder.path=../link/names \\\n" in capsys.readouterr().out
    Path("below").mkdir()
    monkeypatch.chdir("below")  # the pipeline takes it from the project's root
    assert main(["inspect", "../../link/names"]) == 0
    assert "\n  -S data.folder.path=../disk/names \\\n" in capsys.readouterr().out


def test_rare_characters_are_those_of_the_contracts_rule(alike, capsys):
    content = yaml.safe_load(Path("params.yaml").read_text())
    content["validate"]["rules"]["character_count"]["min"] = 23
    Path("params.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    assert main(["inspect", alike]) == 0
    text = capsys.readouterr().out
    rare = "E U+0045 LATIN CAPITAL LETTER E (19), D U+0044 LATIN CAPITAL LETTER D (22)"
    assert f"  characters that occur less than 23 times: {rare}\n" in text
