import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.tracking import connect, provenance, training_run

pytest_plugins = ["tests.tiny"]

LOCK = """
schema: '2.0'
stages:
  download:
    outs: [{path: data/raw, md5: aaaa.dir}]
  preprocess:
    outs: [{path: data/records/, md5: bbbb.dir}, {path: data/single.json, md5: cccc}]
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    for variable in ("DVC_STAGE", "DVC_EXP_NAME", "DVC_EXP_BASELINE_REV"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.lock").write_text(LOCK)
    for folder, index in (("raw", "source.json"), ("records", "records.json")):
        (tmp_path / "data" / folder).mkdir(parents=True)
        (tmp_path / "data" / folder / index).write_text(folder)
    return tmp_path


def test_params_are_flat_under_the_names_by_which_they_are_set(make_params):
    flat = provenance.flat_params(make_params(lr=0.003, vocabulary__characters=None))
    assert flat["lr"] == "0.003"
    assert flat["data.source"] == "synthetic"
    assert flat["vocabulary.characters"] == "null"
    assert json.loads(flat["model.crnn.channels"])[0] > 0
    assert any(name.startswith("validate.") for name in flat)


def test_a_run_is_named_after_the_dvc_experiment_or_what_is_trained(make_params, monkeypatch):
    monkeypatch.delenv("DVC_EXP_NAME", raising=False)
    assert provenance.run_name(make_params(model__preset="paper")) == "paper on synthetic"
    monkeypatch.setenv("DVC_EXP_NAME", "dusty-moor")
    assert provenance.run_name(make_params()) == "dusty-moor"


def test_dvc_digests_are_looked_up_by_path_and_by_the_folder_above(project):
    assert provenance.dvc_digest(Path("data/raw")) == "aaaa.dir"
    assert provenance.dvc_digest(Path("data/records/train.tfrecord")) == "bbbb.dir"
    assert provenance.dvc_digest(Path("data/model")) is None
    (project / "dvc.lock").unlink()
    assert provenance.dvc_digest(Path("data/raw")) is None


def test_inputs_have_the_digests_of_dvc_while_dvc_runs(project, make_params, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "train")
    assert [(data.name, data.context, data.digest) for data in provenance.inputs(make_params())] == [
        ("synthetic corpus", "source", "aaaa.dir"),
        ("training records", "training", "bbbb.dir"),
        ("validation records", "validation", "bbbb.dir"),
    ]


def test_inputs_of_a_stage_started_by_hand_have_digests_of_what_lies_there(project, make_params):
    by_hand = [hashlib.sha256(index.encode()).hexdigest()[:36] for index in ("raw", "records", "records")]
    assert [data.digest for data in provenance.inputs(make_params())] == by_hand


def test_inputs_that_are_not_there_are_left_out(tmp_path, make_params, monkeypatch):
    monkeypatch.delenv("DVC_STAGE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert provenance.inputs(make_params()) == []


def test_tags_name_commit_changes_experiment_threads_and_versions(project, make_params, monkeypatch):
    monkeypatch.setenv("DVC_EXP_NAME", "dusty-moor")
    monkeypatch.setenv("DVC_STAGE", "train")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "dvc.lock"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], check=True, cwd=project)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    tags = provenance.tags(make_params(train__threads=3))
    assert tags["git.commit"] == tags["mlflow.source.git.commit"] == commit
    assert tags["git.dirty"] == "true"  # data/ is not committed
    assert tags["dvc.experiment"] == "dusty-moor"
    assert tags["dvc.stage"] == "train"
    assert "dvc.baseline" not in tags
    assert tags["threads.train"] == "3"
    assert tags["version.tensorflow"].startswith("2.")


def test_outside_of_git_the_tags_of_git_are_left_out(tmp_path, make_params, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    assert not [name for name in provenance.tags(make_params()) if "git" in name]


def test_the_origin_of_a_run_is_what_was_logged_of_it(name, project, make_params, monkeypatch):
    monkeypatch.setenv("DVC_EXP_NAME", "dusty-moor")
    monkeypatch.setattr(provenance, "_git", lambda command, *_: {"rev-parse": "c0ffee", "status": "M"}[command])
    with training_run(make_params()) as run:
        pass
    origin = provenance.run_origin(run.store, run.run_id)
    assert (origin.git_commit, origin.git_dirty, origin.dvc_experiment) == ("c0ffee", "true", "dusty-moor")
    assert {data.name for data in origin.data} == {"synthetic corpus", "training records", "validation records"}
    assert {len(data.digest) for data in origin.data} == {36}


def test_a_run_of_unknown_origin_has_none(name, make_params, monkeypatch):
    monkeypatch.setattr(provenance, "_git", lambda *_: None)
    with training_run(make_params()) as run:
        pass
    assert provenance.run_origin(run.store, run.run_id) == provenance.Origin(None, None, None, ())


def test_a_run_that_the_store_does_not_have_is_one_error(name):
    with pytest.raises(InkpipeError, match=r"cannot be used\. Received: Run .*not found"):
        provenance.run_origin(connect(), "0" * 32)
