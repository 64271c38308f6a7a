"""What a commit changes, in a repository of two stages: the tables, the images, and `make report` as CI runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from tests.verification.test_verify import MEASURE, PIPELINE, commit, run, write

from inkpipe.cli import main
from inkpipe.errors import InkpipeError
from inkpipe.verification.commit_changes import CommitChanges, changes_markdown, commit_changes, image_name

ROOT = Path(__file__).parents[2]
MAKE_CURVE = """
import pathlib, yaml
rows = yaml.safe_load(open("params.yaml"))["rows"]
pathlib.Path("data").mkdir(exist_ok=True)
pathlib.Path("data/table.csv").write_text("i,square\\n" + "".join(f"{i},{i * i}\\n" for i in range(rows)))
"""
PLOTS = [{"Squares of the rows": {"x": "i", "y": {"data/table.csv": "square"}}}]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A repository with three commits: three rows, five rows, and a new comment."""
    project = tmp_path_factory.mktemp("project")
    (project / "dvc.yaml").write_text(yaml.safe_dump({**PIPELINE, "plots": PLOTS}))
    (project / "make.py").write_text(MAKE_CURVE)
    (project / "measure.py").write_text(MEASURE)
    (project / "profiles").mkdir()
    (project / "profiles/verify.yaml").write_text("rows: 2\n")
    (project / ".gitignore").write_text("/report/\n")
    run(project, "git", "init", "-q")
    run(project, "dvc", "init", "-q")
    for text in ("rows: 3\n", "rows: 5\n", "rows: 5 # more\n"):
        (project / "params.yaml").write_text(text)
        run(project, "dvc", "repro", "-q")
        commit(project)
    return project


def test_changed_metrics_parameters_and_plots_are_shown(project):
    changes = commit_changes(project, "HEAD~2")
    assert [cell.strip() for cell in changes.metrics.splitlines()[-1].split("|")][2:6] == ["n", "4", "6", "2"]
    assert [cell.strip() for cell in changes.params.splitlines()[-1].split("|")][2:5] == ["rows", "3", "5"]
    assert list(changes.plots) == ["Squares of the rows"]
    image = cv2.imdecode(np.frombuffer(changes.plots["Squares of the rows"], np.uint8), cv2.IMREAD_GRAYSCALE)
    assert min(image.shape) > 200
    assert image.std() > 5  # lines and letters on a light ground
    assert changes.absent == ()


def test_a_commit_that_changes_no_result_says_so(project):
    changes = commit_changes(project, "HEAD~1")
    assert (changes.metrics, changes.params, changes.plots, changes.absent) == ("", "", {}, ())
    text = changes_markdown(changes)
    assert "No metric changed." in text
    assert "No parameter changed." in text
    assert "No plot changed." in text
    assert "reproduce" not in text


def test_data_of_plots_that_no_cache_has_is_named(project, tmp_path):
    run(tmp_path, "git", "clone", "-q", str(project), "clone")
    changes = commit_changes(tmp_path / "clone", "HEAD~2")
    assert not changes.plots
    assert [reason.split(":")[0] for reason in changes.absent] == ["data/table.csv of HEAD and HEAD~2"]
    text = changes_markdown(changes)
    assert "No plot of those that could be compared changed." in text
    assert "\n- data/table.csv of HEAD and HEAD~2: " in text


def test_an_unknown_revision_is_one_message(project):
    with pytest.raises(InkpipeError, match=r"does not know the revision .* Received: nowhere\. Fetch it"):
        commit_changes(project, "nowhere")


def test_without_the_package_that_draws_the_message_names_the_extra(project, monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(InkpipeError, match="uv sync --extra ci --inexact"):
        commit_changes(project, "HEAD~2")


def test_the_verdict_is_a_table_and_images_are_lines_of_their_own():
    steps = [
        {"step": "lock", "passed": True, "details": ["2 outputs are current"]},
        {"step": "two runs", "passed": False, "details": ["a | b", "c"]},
    ]
    changes = CommitChanges("main", "", "", {"CER of slices": b""}, ())
    lines = changes_markdown(changes, {"passed": False, "steps": steps}).splitlines()
    assert "**It does not.**" in lines
    assert "| lock | passed | 2 outputs are current |" in lines
    assert "| two runs | **failed** | a \\| b<br>c |" in lines
    assert "![CER of slices](plots/cer_of_slices.png)" in lines
    assert image_name("Errors, by  character!") == "errors_by_character.png"


def test_a_verdict_that_is_no_json_is_one_message(project, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(project)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    (tmp_path / "verdict").write_text("no")
    assert main(["pull-request", "HEAD~1", "--verdict", str(tmp_path / "verdict")]) == 1
    assert "The verdict cannot be read." in capsys.readouterr().err


@pytest.mark.parametrize("reproduces", [True, False])
def test_the_report_of_ci_has_verdict_tables_and_images_and_the_exit_code_of_verify(project, tmp_path, reproduces):
    """`make report` as `.ci/run report` calls it, its setup taken as done."""
    run(tmp_path, "git", "clone", "-q", str(project), "clone")
    clone = tmp_path / "clone"
    run(clone, "dvc", "cache", "dir", "--local", str(project / ".dvc/cache"))
    if not reproduces:
        write(clone, extra="str(os.getpid())")
        commit(clone)
    base = "HEAD~2" if reproduces else "HEAD~3"
    # The suite itself runs under make, which tells the makes below it so and has them print their folders.
    ours = ("DVC_ROOT", "DVC_STAGE", "MAKELEVEL", "MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}", "BASE": base}
    command = ["make", "-f", str(ROOT / "Makefile"), "-o", "setup", "report"]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == reproduces, done.stdout + done.stderr
    assert json.loads((clone / "report/verify.json").read_text())["passed"] == reproduces
    summary = (clone / "report/summary.md").read_text()
    assert done.stdout.endswith(summary)
    assert ("**It does.**" in summary) == reproduces
    assert f"# What this changes against `{base}`" in summary
    assert (clone / "report/plots/squares_of_the_rows.png").stat().st_size > 1000
    shown = subprocess.run(["grep", "-v", r"^!\["], input=summary, capture_output=True, text=True, check=True).stdout
    assert "rows" in shown
    assert "plots/" not in shown
