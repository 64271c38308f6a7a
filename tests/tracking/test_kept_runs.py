import json
from pathlib import Path

import pytest
from tests.repository import baseline_repository, git, set_params

from inkpipe.cli import main
from inkpipe.tracking import connect, ensure_run
from inkpipe.tracking.kept_runs import log_kept_experiments
from inkpipe.training.history import Epoch

pytest_plugins = ["tests.tiny"]

ROOT = Path(__file__).parents[2]
LOCK = "stages: {train: {outs: [{path: data/model, md5: abc.dir}]}}"


@pytest.fixture
def project(name, tmp_path, monkeypatch):
    """A repository with one commit, the baseline of experiments."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    baseline_repository(tmp_path, {"train": {}, "promote": {}})
    return tmp_path


def keep_experiment(project, name, **values):
    """Keep an experiment as DVC does: a commit that no branch has."""
    baseline = git(project, "rev-parse", "HEAD")
    set_params(project, values)
    (project / "dvc.lock").write_text(LOCK)
    (project / "data").mkdir(exist_ok=True)
    (project / "data/metrics.json").write_text(json.dumps({"cer": 0.25, "n": 4}))
    git(project, "add", "params.yaml", "dvc.lock", "data/metrics.json")
    git(project, "commit", "-qm", "experiment")
    git(project, "update-ref", f"refs/exps/{baseline[:2]}/{baseline[2:]}/{name}", "HEAD")
    git(project, "reset", "-q", "--hard", baseline)
    return baseline


def test_an_experiment_without_a_run_gets_one_from_its_commit_once(project):
    baseline = keep_experiment(project, "dusty-moor", lr=0.5)
    store = connect()
    assert log_kept_experiments(store) == ["dusty-moor"]
    assert log_kept_experiments(store) == []
    (run,) = store.client.search_runs([store.experiment_id])
    tags = run.data.tags
    assert (run.info.run_name, run.info.status) == ("dusty-moor", "FINISHED")
    assert (tags["dvc.experiment"], tags["dvc.baseline"], tags["git.commit"]) == ("dusty-moor", baseline, baseline)
    assert (tags["changes"], tags["dvc.md5.data/model"]) == ("lr 0.5 (was 0.002)", "abc.dir")
    assert (run.data.params["lr"], run.data.metrics["test/cer"]) == ("0.5", 0.25)
    assert "version.tensorflow" not in tags  # nobody knows what it was trained with
    folder = Path(store.client.download_artifacts(run.info.run_id, "git.diff"))
    assert "+lr: 0.5" in folder.read_text()


def test_it_has_the_epochs_of_the_run_that_trained_the_same_model(project, make_params, trained, monkeypatch):
    store = connect()
    (project / "dvc.lock").write_text(LOCK)
    monkeypatch.setenv("DVC_STAGE", "promote")
    first = ensure_run(store, trained(), [Epoch(1, 9.0, 8.0, 0.75, 12.5, 0.002)], make_params())
    monkeypatch.delenv("DVC_STAGE")
    keep_experiment(project, "idle", **{"train.clip_norm": 1.0})
    log_kept_experiments(store)
    (run,) = store.client.search_runs([store.experiment_id], "tags.`dvc.experiment` = 'idle'")
    assert run.data.tags["inkpipe.same_model_as"] == first
    assert (run.data.metrics["val/cer"], run.data.metrics["best/val_cer"]) == (0.75, 0.75)


def test_an_experiment_of_another_version_is_named_and_left_out(project, capsys):
    keep_experiment(project, "old", unknown=1)
    assert log_kept_experiments(connect()) == []
    assert "Experiment old is of another version of inkpipe" in capsys.readouterr().out


def test_without_an_experiment_the_command_says_so(project, capsys):
    assert main(["experiments"]) == 0
    assert capsys.readouterr().out == "no DVC experiment has run; `dvc exp run -S lr=0.0005` is one\n"
    assert main(["experiments", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_the_command_lists_experiments_as_a_table_and_as_json(project, capsys):
    baseline = keep_experiment(project, "dusty-moor", lr=0.5)
    assert main(["experiments"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["experiment", "baseline", "status", "val", "CER", "test", "CER", "changes"]
    assert row.split() == ["dusty-moor", baseline[:7], "FINISHED", "0.2500", "lr", "0.5", "(was", "0.002)"]
    assert main(["experiments", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["experiment"], listed["val_cer"], listed["test_cer"]) == ("dusty-moor", None, 0.25)
