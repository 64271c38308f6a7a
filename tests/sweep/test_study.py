"""Sweeps whose training is a formula: real studies, real MLflow runs, trials in this process."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import numpy as np
import optuna
import pytest
import yaml
from mlflow.exceptions import MlflowException
from PIL import Image
from tests.values import replaced

from inkpipe.errors import InkpipeError
from inkpipe.sweep import study as study_module
from inkpipe.sweep.study import Sweep
from inkpipe.tracking import connect
from inkpipe.training.callbacks import DivergedError
from inkpipe.training.history import Epoch

pytest_plugins = ["tests.tiny"]

ROOT = Path(__file__).parents[2]
PARAMETERS = {
    "lr": {"distribution": "log_uniform", "low": 0.001, "high": 0.1},
    "model.crnn.recurrent": {"distribution": "categorical", "choices": ["lstm", "gru"]},
}


def formula(project, params, on_epoch):
    """Best at a learning rate of 0.01 and with GRU. It needs no images."""
    worse = abs(np.log10(params.lr) + 2) / 2 + 0.1 * (params.model.crnn.recurrent == "lstm")
    history = []
    for number in (1, 2, 3):
        history.append(Epoch(number, 2.0, 2.0, worse / number, worse, params.lr))
        on_epoch(history[-1], 100.0)
    return history


def diverging(project, params, on_epoch):
    if params.lr > 0.02:
        raise DivergedError("The training diverged in epoch 1.")
    return formula(project, params, on_epoch)


def content(parameters=None, **settings):
    values = {"sweep.parameters": parameters or PARAMETERS, "sweep.pruner": "none", "sweep.startup_trials": 3}
    values |= {f"sweep.{name}": value for name, value in settings.items()}
    return replaced(yaml.safe_load((ROOT / "params.yaml").read_text()), values)


@pytest.fixture
def in_this_process(name, monkeypatch, tmp_path):
    """Trials run here, one after the other, in an empty project."""
    tasks = []
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.delenv("INKPIPE_SWEEP_STORAGE", raising=False)

    def run(workers, function, given, processes):
        for task in given:
            tasks.append(task)
            yield function(task)

    monkeypatch.setattr(study_module, "map_in_order", run)
    return tasks


def make(project, train=formula, given=None, name=None):
    return Sweep.of(project, given or content(), "images", train, name)


def runs(store, sweep):
    found = store.client.search_runs([store.experiment_id], f"tags.sweep = '{sweep.name}'")
    return {run.info.run_name: run for run in found}


def rows(sweep):
    with (sweep.folder / "trials.csv").open() as file:
        return list(csv.DictReader(file))


def test_each_trial_is_a_run_below_that_of_the_sweep_and_the_best_is_found(in_this_process, tmp_path):
    store, sweep = connect(), make(tmp_path)
    results = list(sweep.run(store, 8))
    best = sweep.best()
    assert [result.number for result in results] == list(range(8))
    assert best.val_cer == min(result.val_cer for result in results)
    assert best.values == results[best.number].values
    logged = runs(store, sweep)
    assert set(logged) == {sweep.name, *(f"{sweep.name} {number}" for number in range(8))}
    parent = logged.pop(sweep.name)
    assert parent.info.status == "FINISHED"
    assert parent.data.metrics["best/val_cer"] == best.val_cer
    assert parent.data.tags["best.lr"] == str(best.values["lr"])
    assert {run.data.tags["mlflow.parentRunId"] for run in logged.values()} == {parent.info.run_id}
    trial = logged[f"{sweep.name} {best.number}"]
    assert trial.data.params["lr"] == str(best.values["lr"])
    assert (trial.info.status, trial.data.tags["sweep.state"]) == ("FINISHED", "complete")
    assert trial.data.metrics["best/val_cer"] == best.val_cer
    assert len(store.client.get_metric_history(trial.info.run_id, "val/cer")) == 3


def test_pictures_and_table_are_written_and_logged(in_this_process, tmp_path):
    store, sweep = connect(), make(tmp_path)
    results = list(sweep.run(store, 5))
    names = ["history.png", "importance.png", "parallel.png", "trials.csv"]
    assert sorted(path.name for path in sweep.folder.iterdir()) == names
    for name in names[:3]:
        assert Image.open(io.BytesIO((sweep.folder / name).read_bytes())).width >= 1536
    assert [float(row["val_cer"]) for row in rows(sweep)] == pytest.approx([each.val_cer for each in results], abs=1e-6)
    parent = runs(store, sweep)[sweep.name]
    assert [file.path for file in store.client.list_artifacts(parent.info.run_id)][:3] == names[:3]


def test_a_sweep_goes_on_and_no_two_trials_have_the_same_values(in_this_process, tmp_path):
    store = connect()
    first = list(make(tmp_path).run(store, 2))
    second = list(make(tmp_path).run(store, 5))
    assert [result.number for result in second] == [2, 3, 4]
    assert len({result.values["lr"] for result in first + second}) == 5
    assert list(make(tmp_path).run(store, 5)) == []
    assert len(runs(store, make(tmp_path))) == 6  # one of the sweep


def test_another_search_is_another_sweep_and_a_name_stands_for_one(in_this_process, tmp_path):
    other = content({"lr": PARAMETERS["lr"]})
    assert make(tmp_path).name == make(tmp_path).name != make(tmp_path, given=other).name
    store = connect()
    list(make(tmp_path, name="mine").run(store, 1))
    with pytest.raises(InkpipeError, match=r"searches something else.*Received: mine"):
        list(make(tmp_path, given=other, name="mine").run(store, 1))


def test_other_code_or_another_initial_model_is_another_search(in_this_process, tmp_path, monkeypatch):
    names = [make(tmp_path).name]
    monkeypatch.setattr(study_module, "initial_digest", lambda params: "digest")
    names.append(make(tmp_path).name)
    monkeypatch.setattr(study_module, "code_key", lambda: {"code": "another"})
    names.append(make(tmp_path).name)
    assert len(set(names)) == 3


def test_more_trials_and_another_pruner_are_the_same_search(in_this_process, tmp_path):
    assert make(tmp_path).name == make(tmp_path, given=content(trials=99, pruner="hyperband", sampler="random")).name


def test_a_hopeless_trial_is_pruned_and_its_run_says_so(in_this_process, tmp_path):
    store, sweep = connect(), make(tmp_path, given=content(pruner="median", startup_trials=2, sampler="random"))
    results = list(sweep.run(store, 10))
    pruned = [result for result in results if result.state == "pruned"]
    assert pruned
    assert all(result.epochs < 3 for result in pruned)
    run = runs(store, sweep)[f"{sweep.name} {pruned[0].number}"]
    assert (run.info.status, run.data.tags["sweep.state"]) == ("FINISHED", "pruned")
    assert rows(sweep)[pruned[0].number]["state"] == "pruned"
    assert sweep.best().number not in {result.number for result in pruned}


def test_a_training_that_diverges_is_a_bad_trial_and_the_sweep_goes_on(in_this_process, tmp_path):
    store, sweep = connect(), make(tmp_path, diverging, content(sampler="random"))
    results = list(sweep.run(store, 6))
    diverged = [result for result in results if result.state == "diverged"]
    assert 0 < len(diverged) < 6
    run = runs(store, sweep)[f"{sweep.name} {diverged[0].number}"]
    assert run.info.status == "FAILED"
    assert "diverged in epoch 1" in run.data.tags["mlflow.note.content"]


def test_values_that_contradict_each_other_are_refused_without_an_end(in_this_process, tmp_path):
    crossing = {
        "epochs": {"distribution": "int", "low": 1, "high": 2},
        "train.mix.synthetic_epochs": {"distribution": "int", "low": 1, "high": 2},
    }
    given = replaced(content(crossing), {"data.source": "mixed", "epochs": 2})
    store, sweep = connect(), make(tmp_path, given=replaced(given, {"sweep.sampler": "random"}))
    results = list(sweep.run(store, 12))
    refused = [result for result in results if result.state == "refused"]
    assert refused
    assert all(result.values["train.mix.synthetic_epochs"] > result.values["epochs"] for result in refused)
    assert list(sweep.run(store, 12)) == []


def test_a_failure_of_another_kind_stops_the_sweep_with_its_message(in_this_process, tmp_path):
    def broken(project, params, on_epoch):
        raise InkpipeError("The records are gone.")

    store, sweep = connect(), make(tmp_path, broken)
    with pytest.raises(InkpipeError, match="The records are gone"):
        list(sweep.run(store, 3))
    assert runs(store, sweep)[sweep.name].info.status == "FAILED"
    assert [result.number for result in make(tmp_path).run(store, 2)] == [1, 2]


def test_a_trial_that_was_killed_is_given_up_and_made_up_for(in_this_process, tmp_path):
    store, sweep = connect(), make(tmp_path)
    list(sweep.run(store, 1))
    study = optuna.load_study(study_name=sweep.name, storage=study_module.open_storage(sweep.storage))
    run = store.client.create_run(store.experiment_id)
    (tmp_path / ".inkpipe/runs").mkdir(parents=True, exist_ok=True)
    (tmp_path / f".inkpipe/runs/{run.info.run_id}.lock").touch()  # nobody holds it
    study.ask().set_user_attr("run_id", run.info.run_id)
    list(sweep.run(store, 2))
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL", "COMPLETE"]
    assert store.client.get_run(run.info.run_id).info.status == "KILLED"


def test_a_trial_without_a_run_is_given_up_once_it_is_old_and_one_whose_run_was_deleted_at_once(
    in_this_process, tmp_path, monkeypatch
):
    store, sweep = connect(), make(tmp_path)
    list(sweep.run(store, 1))
    study = optuna.load_study(study_name=sweep.name, storage=study_module.open_storage(sweep.storage))
    study.ask()
    study.ask().set_user_attr("run_id", "0" * 32)
    list(sweep.run(store, 1))
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "RUNNING", "FAIL"]
    monkeypatch.setattr(study_module, "SILENT", timedelta(0))
    list(sweep.run(store, 1))
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL", "FAIL"]


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_machines_that_share_a_study_try_different_values_and_no_more_than_asked(in_this_process, tmp_path, sampler):
    store, given = connect(), content(sampler=sampler)
    first, second = (make(tmp_path, given=given).run(store, 3) for _ in range(2))
    results = [next(first), next(second), *first, *second]  # both have asked for what is missing at their start
    assert [result.number for result in results] == [0, 1, 2]
    assert len({result.values["lr"] for result in results}) == 3


def test_a_store_that_fails_is_one_message(in_this_process, tmp_path, monkeypatch):
    store, sweep = connect(), make(tmp_path)

    def refuse(*arguments):
        raise MlflowException("disk I/O error")

    monkeypatch.setattr(type(store.client), "log_metric", refuse)
    with pytest.raises(InkpipeError, match=r"MLflow store at .* cannot be used\. Received: disk I/O error"):
        list(sweep.run(store, 1))


def test_one_trial_has_a_history_and_no_other_picture(in_this_process, tmp_path, capsys):
    sweep = make(tmp_path)
    list(sweep.run(connect(), 1))
    assert sorted(path.name for path in sweep.folder.iterdir()) == ["history.png", "trials.csv"]
    assert "no picture of importance yet" in capsys.readouterr().out
