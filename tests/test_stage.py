import json
import os
import subprocess
import sys
import time

import pytest

from inkpipe import stage
from inkpipe.errors import InkpipeError
from inkpipe.stage import run_stage


def test_a_stage_says_what_it_does_and_what_came_of_it(capsys):
    run_stage("train", "fitting", lambda: "done")
    assert capsys.readouterr().out == "[train] fitting\n[train] done (0 s)\n"


def test_a_users_error_is_one_message_and_exit_code_1(capsys, monkeypatch):
    monkeypatch.delenv("DVC_STAGE", raising=False)

    def fail():
        raise InkpipeError("lr: too high. Received: 9.")

    with pytest.raises(SystemExit) as stopped:
        run_stage("train", "fitting", fail)
    assert stopped.value.code == 1
    assert capsys.readouterr().err == "[train] stopped: lr: too high. Received: 9.\n"


def test_an_interrupted_stage_says_how_to_go_on_and_no_more(tmp_path, monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_EXP_NAME", raising=False)
    monkeypatch.setenv("DVC_STAGE", "train")
    (tmp_path / "dvc.lock").write_text("stages: {train: {outs: [{path: model}]}}")
    with pytest.raises(SystemExit) as stopped:
        run_stage("train", "fitting", interrupted)
    assert stopped.value.code == 130
    assert capsys.readouterr().err == (
        "\n[train] interrupted. Run it again: a training goes on after its last finished epoch, another stage begins "
        "anew.\nDVC removed model before this run. `dvc checkout` brings back what the last one left.\n"
    )


@pytest.mark.parametrize(("present", "told"), [(False, True), (True, False)])
def test_a_stage_that_stops_says_how_the_outputs_come_back_that_dvc_removed(
    tmp_path, monkeypatch, capsys, present, told
):
    def fail():
        raise InkpipeError("No.")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_STAGE", "train")
    (tmp_path / "dvc.lock").write_text("stages: {train: {outs: [{path: model}]}, evaluate: {outs: [{path: report}]}}")
    if present:
        (tmp_path / "model").touch()
    with pytest.raises(SystemExit):
        run_stage("train", "fitting", fail)
    way_back = "DVC removed model before this run. `dvc checkout` brings back what the last one left.\n"
    assert capsys.readouterr().err == "[train] stopped: No.\n" + (way_back if told else "")


def test_what_stops_in_a_folder_of_its_own_took_nothing_from_the_working_folder(tmp_path, monkeypatch, capsys):
    def fail():
        raise InkpipeError("No.")

    folder = tmp_path / ".dvc/tmp/exps/standalone/tmpx"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DVC_STAGE", "train")
    monkeypatch.delenv("DVC_EXP_NAME", raising=False)
    (folder / "dvc.lock").write_text("stages: {train: {outs: [{path: model}]}}")
    with pytest.raises(SystemExit):
        run_stage("train", "fitting", fail)
    assert capsys.readouterr().err == "[train] stopped: No.\n"


@pytest.mark.parametrize(("content", "told"), [("lr: 1\n", False), ("lr: 9\n", True)])
def test_an_experiment_that_stops_says_how_the_committed_parameters_come_back(
    tmp_path, monkeypatch, capsys, content, told
):
    def fail():
        raise InkpipeError("No.")

    def git(*words):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True, capture_output=True)

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_STAGE", raising=False)
    monkeypatch.setenv("DVC_EXP_NAME", "lucky-name")
    monkeypatch.setattr(stage, "LOG_STOP", (sys.executable, "-c", ""))
    (tmp_path / "params.yaml").write_text("lr: 1\n")
    git("init")
    git("add", ".")
    git("commit", "-m", "Start")
    (tmp_path / "params.yaml").write_text(content)
    with pytest.raises(SystemExit):
        run_stage("train", "fitting", fail)
    assert ("`git checkout params.yaml`" in capsys.readouterr().err) == told


def test_a_defect_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run_stage("train", "fitting", lambda: str(1 / 0))


@pytest.mark.parametrize(("level", "code"), [("1", 0), ("2", 1)])
def test_python_without_docstrings_is_refused_before_the_work(level, code):
    script = "from inkpipe.stage import run_stage; run_stage('train', 'fitting', lambda: 'done')"
    environment = {**os.environ, "PYTHONOPTIMIZE": level}
    result = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == code
    assert ("done" in result.stdout) == (code == 0)
    assert ("Unset PYTHONOPTIMIZE" in result.stderr) == (code == 1)


@pytest.mark.parametrize(("names", "hidden"), [(("own", "files"), ""), (("pandas", "own", "json"), "json, pandas")])
def test_packages_that_hide_those_of_the_environment_are_refused_before_the_work(tmp_path, names, hidden):
    for name in names:
        (tmp_path / f"{name}.py").touch()
    script = "from inkpipe.stage import run_stage; run_stage('train', 'fitting', lambda: 'done')"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == bool(hidden)
    assert ("done" in result.stdout) == (not hidden)
    message = f"PYTHONPATH hides packages of this environment. Received: {hidden} in {tmp_path}. Unset PYTHONPATH"
    assert (message in result.stderr) == bool(hidden)


@pytest.mark.parametrize(
    ("error", "ends", "status", "reason"),
    [
        (InkpipeError("No."), SystemExit, "FAILED", "No."),
        (ValueError("see https://me:secret@host"), ValueError, "FAILED", "ValueError: see https://me:***@host"),
        (KeyboardInterrupt(), SystemExit, "KILLED", "It was interrupted."),
    ],
)
def test_an_experiment_that_stops_is_told_to_what_logs_it(tmp_path, monkeypatch, error, ends, status, reason):
    def fail():
        raise error

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_EXP_NAME", "lucky-name")
    keep = "import sys; from pathlib import Path; Path('told').write_text(sys.stdin.read())"
    monkeypatch.setattr(stage, "LOG_STOP", (sys.executable, "-c", keep))
    with pytest.raises(ends):
        run_stage("validate", "checking", fail)
    told = json.loads((tmp_path / "told").read_text())
    assert told.pop("began") == pytest.approx(time.time(), abs=60)
    assert told == {"stage": "validate", "status": status, "reason": reason}


def test_a_stop_that_cannot_be_logged_is_said_beside_its_reason(tmp_path, monkeypatch, capsys):
    def fail():
        raise InkpipeError("No.")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_EXP_NAME", "lucky-name")
    monkeypatch.setattr(stage, "LOG_STOP", (sys.executable, "-c", "import sys; sys.exit('The server is gone.')"))
    with pytest.raises(SystemExit):
        run_stage("validate", "checking", fail)
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first == "[validate] stopped: No."
    assert last == "[validate] MLflow has not recorded that this experiment stopped. Received: The server is gone."
