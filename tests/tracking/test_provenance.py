import hashlib
import json
from pathlib import Path

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.tracking import connect, provenance, runs, training_run
from inkpipe.tracking.code_state import CodeState
from inkpipe.tracking.dvc_experiments import Experiment

pytest_plugins = ["tests.tiny"]

LOCK = """
schema: '2.0'
stages:
  download:
    outs: [{path: data/raw, md5: aaaa.dir}]
  preprocess:
    outs: [{path: data/records/, md5: bbbb.dir}, {path: data/single.json, md5: cccc}]
"""
INDEXES = {"raw": "source.json", "records": "records.json"}
CONTENT = {"raw": "{}", "records": '{"splits": {"train": {"images": 7}, "validation": {"images": 3}}}'}


@pytest.fixture
def project(tmp_path, monkeypatch):
    for variable in ("DVC_STAGE", "DVC_EXP_NAME", "DVC_EXP_BASELINE_REV"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.lock").write_text(LOCK)
    for folder, index in INDEXES.items():
        (tmp_path / "data" / folder).mkdir(parents=True)
        (tmp_path / "data" / folder / index).write_text(CONTENT[folder])
    return tmp_path


def test_a_run_is_named_after_the_dvc_experiment_or_what_is_trained(make_params):
    assert provenance.run_name(make_params(model__preset="paper"), None) == "paper on synthetic"
    assert provenance.run_name(make_params(), Experiment("dusty-moor", "c0ffee")) == "dusty-moor"


def test_dvc_digests_are_looked_up_by_path_and_by_the_folder_above(project):
    assert provenance.dvc_digest(Path("data/raw")) == "aaaa.dir"
    assert provenance.dvc_digest(Path("data/records/train.tfrecord")) == "bbbb.dir"
    assert provenance.dvc_digest(Path("data/model")) is None
    (project / "dvc.lock").unlink()
    assert provenance.dvc_digest(Path("data/raw")) is None


def test_the_outputs_of_earlier_stages_are_named_by_their_digests_while_dvc_runs(project, monkeypatch):
    (project / "dvc.yaml").write_text("stages: {download: {}, preprocess: {}, train: {}}")
    assert provenance.current_digests() == {}  # started by hand: the lock may be of other data
    monkeypatch.setenv("DVC_STAGE", "preprocess")
    assert provenance.current_digests() == {"dvc.md5.data/raw": "aaaa.dir"}
    monkeypatch.setenv("DVC_STAGE", "train")
    assert provenance.current_digests() == {
        "dvc.md5.data/raw": "aaaa.dir", "dvc.md5.data/records/": "bbbb.dir", "dvc.md5.data/single.json": "cccc",
    }  # fmt: skip


def test_inputs_have_the_digests_of_dvc_while_dvc_runs(project, make_params, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "train")
    assert [(data.name, data.context, data.digest) for data in provenance.inputs(make_params())] == [
        ("synthetic corpus", "source", "aaaa.dir"),
        ("training records", "training", "bbbb.dir"),
        ("validation records", "validation", "bbbb.dir"),
    ]


def test_inputs_of_a_stage_started_by_hand_have_digests_of_what_lies_there(project, make_params):
    by_hand = [hashlib.sha256(CONTENT[name].encode()).hexdigest()[:36] for name in ("raw", "records", "records")]
    assert [data.digest for data in provenance.inputs(make_params())] == by_hand


def test_inputs_that_are_not_there_are_left_out(tmp_path, make_params, monkeypatch):
    monkeypatch.delenv("DVC_STAGE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert provenance.inputs(make_params()) == []


def test_tags_name_commit_changes_experiment_threads_and_versions(make_params, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "train")
    code = CodeState("c0ffee", b"", ("notes.txt",))
    tags = provenance.origin_tags(Experiment("dusty-moor", "beef"), code)
    assert tags == {
        "dvc.experiment": "dusty-moor", "dvc.baseline": "beef",
        "git.commit": "c0ffee", "mlflow.source.git.commit": "c0ffee", "git.dirty": "true",
    }  # fmt: skip
    assert provenance.origin_tags(None, None) == {}
    around = provenance.surroundings(make_params(train__threads=3))
    assert around["dvc.stage"] == "train"
    assert around["threads.train"] == "3"
    assert around["version.tensorflow"].startswith("2.")


def test_the_origin_of_a_run_is_what_was_logged_of_it(name, project, make_params, monkeypatch):
    monkeypatch.setenv("DVC_EXP_NAME", "dusty-moor")
    monkeypatch.setattr(runs, "code_state", lambda: CodeState("c0ffee", b"diff", ()))
    with training_run(make_params()) as run:
        pass
    origin = provenance.run_origin(run.store, run.run_id)
    assert (origin.git_commit, origin.git_dirty, origin.dvc_experiment) == ("c0ffee", "true", "dusty-moor")
    assert {data.name for data in origin.data} == {"synthetic corpus", "training records", "validation records"}
    assert {len(data.digest) for data in origin.data} == {36}


def test_the_drawer_of_a_dataset_shows_its_columns_and_the_number_of_its_images(name, project, make_params):
    with training_run(make_params()) as run:
        pass
    logged = {each.dataset.name: each.dataset for each in run.store.client.get_run(run.run_id).inputs.dataset_inputs}
    columns = json.loads(logged["synthetic corpus"].schema)["mlflow_colspec"]
    assert [(column["name"], column["type"]) for column in columns] == [
        ("filename", "string"), ("label", "string"), ("image", "binary"),
    ]  # fmt: skip
    assert json.loads(logged["training records"].profile) == {"num_rows": 7}


def test_a_run_of_unknown_origin_has_none(name, make_params, monkeypatch):
    monkeypatch.setattr(runs, "code_state", lambda: None)
    with training_run(make_params()) as run:
        pass
    assert provenance.run_origin(run.store, run.run_id) == provenance.Origin(None, None, None, ())


def test_a_run_that_the_store_does_not_have_is_one_error(name):
    with pytest.raises(InkpipeError, match=r"cannot be used\. Received: Run .*not found"):
        provenance.run_origin(connect(), "0" * 32)
