from tests.repository import git

from inkpipe.tracking.dvc_experiments import Experiment, KeptExperiment, current_experiment, kept_experiments


def test_the_current_experiment_is_the_one_that_dvc_names(monkeypatch):
    for variable in ("DVC_EXP_NAME", "DVC_EXP_BASELINE_REV"):
        monkeypatch.delenv(variable, raising=False)
    assert current_experiment() is None
    monkeypatch.setenv("DVC_EXP_NAME", "dusty-moor")
    monkeypatch.setenv("DVC_EXP_BASELINE_REV", "c0ffee")
    assert current_experiment() == Experiment("dusty-moor", "c0ffee")


def test_the_kept_experiments_are_those_below_a_baseline(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    assert kept_experiments() == []
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first")
    commit = git(tmp_path, "rev-parse", "HEAD").strip()
    git(tmp_path, "update-ref", f"refs/exps/{commit[:2]}/{commit[2:]}/dusty-moor", commit)
    git(tmp_path, "update-ref", "refs/exps/exec/EXEC_HEAD", commit)
    assert kept_experiments() == [KeptExperiment(Experiment("dusty-moor", commit), commit)]
