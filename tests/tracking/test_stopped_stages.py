import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.repository import baseline_repository, git, set_params

from inkpipe.cli import main
from inkpipe.params import load_params
from inkpipe.tracking import connect, ensure_run, training_run
from inkpipe.tracking.dvc_experiments import Experiment
from inkpipe.tracking.stopped_stages import log_stop
from inkpipe.training.history import Epoch

pytest_plugins = ["tests.tiny"]

ROOT = Path(__file__).parents[2]
STAGES = {"validate": {}, "train": {}, "evaluate": {"deps": ["data/model"]}, "promote": {"deps": ["data/model"]}}


@pytest.fixture
def experiment(name, tmp_path, monkeypatch):
    """An experiment that runs in a repository of one commit."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    baseline_repository(tmp_path, STAGES)
    baseline = git(tmp_path, "rev-parse", "HEAD")
    monkeypatch.setenv("DVC_EXP_NAME", "dusty-moor")
    monkeypatch.setenv("DVC_EXP_BASELINE_REV", baseline)
    return Experiment("dusty-moor", baseline)


def change(**values):
    set_params(Path(), values)


def runs(store):
    """By name: status and description, and the run."""
    found = store.client.search_runs([store.experiment_id])
    told = {run.info.run_name: (run.info.status, run.data.tags.get("mlflow.note.content")) for run in found}
    assert len(told) == len(found)
    return told, {run.info.run_name: run for run in found}


def test_what_stops_before_the_training_is_a_failed_run_with_the_reason(experiment):
    change(lr=0.5)
    store = connect()
    run_id = log_stop(store, experiment, "validate", "FAILED", "The contract does not hold.", time.time())
    told, found = runs(store)
    assert told == {"dusty-moor": ("FAILED", "Stopped: [validate] The contract does not hold.")}
    tags = found["dusty-moor"].data.tags
    assert (tags["changes"], tags["dvc.baseline"]) == ("lr 0.5 (was 0.002)", experiment.baseline)
    assert found["dusty-moor"].data.params["lr"] == "0.5"
    assert {file.path for file in store.client.list_artifacts(run_id)} == {"params.yaml", "git.diff"}


def test_values_that_are_refused_are_told_as_they_stand(experiment):
    change(lr=-1.0, unknown=[1])
    store = connect()
    log_stop(store, experiment, "train", "FAILED", "params.yaml has 2 fault(s).", time.time())
    run = runs(store)[1]["dusty-moor"]
    assert (run.info.status, run.data.params) == ("FAILED", {"lr": "-1.0", "unknown": "[1]"})
    assert run.data.tags["changes"] == "lr -1.0 (was auto), unknown [1] (was absent)"


def test_a_file_that_is_no_yaml_is_kept_with_the_run(experiment):
    Path("params.yaml").write_text("lr: [")
    store = connect()
    run_id = log_stop(store, experiment, "download", "FAILED", "params.yaml is not YAML.", time.time())
    path = store.client.download_artifacts(run_id, "params.yaml", str(Path.cwd()))
    assert Path(path).read_text() == "lr: ["
    assert runs(store)[0]["dusty-moor"][0] == "FAILED"


def test_a_training_that_has_told_it_is_not_told_again(experiment):
    began, store = time.time(), connect()
    with pytest.raises(ValueError, match="no"), training_run(load_params()) as run:
        raise ValueError("no")
    assert log_stop(store, experiment, "train", "FAILED", "no", began) == run.run_id
    assert list(runs(store)[0]) == ["dusty-moor"]


def test_an_experiment_that_stops_again_leaves_the_attempt_before(experiment):
    store = connect()
    log_stop(store, experiment, "download", "FAILED", "No network.", time.time())
    time.sleep(0.01)
    log_stop(store, experiment, "validate", "KILLED", "It was interrupted.", time.time())
    assert runs(store)[0] == {
        "dusty-moor (attempt 1)": ("FAILED", "Stopped: [download] No network."),
        "dusty-moor": ("KILLED", "Stopped: [validate] It was interrupted."),
    }


def test_what_stops_after_the_training_is_told_by_its_run_until_it_passes(experiment, trained):
    store, folder = connect(), trained("data/model")
    epoch = [Epoch(1, 2.0, 2.0, 1.0, 1.0, 0.001)]
    run_id = ensure_run(store, folder, epoch, load_params())
    time.sleep(0.01)
    assert log_stop(store, experiment, "evaluate", "FAILED", "The disk is full.", time.time()) == run_id
    assert runs(store)[0] == {"dusty-moor": ("FAILED", "Stopped: [evaluate] The disk is full.")}
    assert ensure_run(store, folder, epoch, load_params()) == run_id
    assert runs(store)[0]["dusty-moor"][0] == "FINISHED"


def test_the_list_of_experiments_says_why_one_stopped(experiment, capsys):
    log_stop(connect(), experiment, "validate", "FAILED", "No rows.\nSee the page.", time.time())
    assert main(["experiments"]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == ["    Stopped: [validate] No rows.", "    See the page."]
    assert main(["experiments", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["status"], row["reason"]) == ("FAILED", "Stopped: [validate] No rows.\nSee the page.")


def test_as_a_program_it_logs_what_the_wrapper_of_stages_tells_it(experiment):
    record = {"stage": "validate", "status": "FAILED", "reason": "No.", "began": time.time()}
    command = [sys.executable, "-m", "inkpipe.tracking.stopped_stages"]
    done = subprocess.run(command, input=json.dumps(record), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert runs(connect())[0] == {"dusty-moor": ("FAILED", "Stopped: [validate] No.")}
