"""Sweeps on real workers: processes of this machine, and a Dask cluster with PostgreSQL. Some of them are killed."""

import os
import signal
import time
from pathlib import Path

import pytest
import yaml
from tests.services import postgres_server
from tests.values import replaced

from inkpipe.errors import InkpipeError
from inkpipe.sweep.study import Sweep, open_storage
from inkpipe.tracking import connect
from inkpipe.training.history import Epoch

pytest_plugins = ["tests.tiny"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

ROOT = Path(__file__).parents[2]
SEARCH = {
    "sweep.parameters": {"lr": {"distribution": "log_uniform", "low": 0.001, "high": 0.1}},
    "sweep.pruner": "none",
    "sweep.startup_trials": 2,
}


def formula(project, params, on_epoch):
    """A training of one epoch. The first one in a project that has a file `kill` kills its process."""
    epoch = Epoch(1, 2.0, 2.0, params.lr, params.lr, params.lr)
    on_epoch(epoch, 100.0)
    try:
        (project / "kill").rename(project / "killed")
    except FileNotFoundError:
        return [epoch]
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(600)
    return []


@pytest.fixture
def search(name, tmp_path, monkeypatch):
    """Make a sweep of an empty project whose first training kills its worker: `search(workers)`."""
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.delenv("INKPIPE_SWEEP_STORAGE", raising=False)

    def make(workers):
        given = {**SEARCH, "runtime.workers": workers}
        content = replaced(yaml.safe_load((ROOT / "params.yaml").read_text()), given)
        return Sweep.of(tmp_path, content, "images", formula)

    (tmp_path / "kill").touch()
    return make


def states(sweep):
    import optuna

    study = optuna.load_study(study_name=sweep.name, storage=open_storage(sweep.storage))
    return sorted(trial.state.name for trial in study.trials)


def statuses(store, sweep):
    runs = store.client.search_runs([store.experiment_id], f"tags.sweep = '{sweep.name}'")
    return sorted(run.info.status for run in runs if run.info.run_name != sweep.name)


def test_a_killed_process_stops_the_sweep_with_a_message_and_it_goes_on(search):
    store, sweep = connect(), search("local")
    with pytest.raises(InkpipeError, match="A worker process was killed"):
        list(sweep.run(store, 4, 1))
    results = list(sweep.run(store, 4, 1))
    assert [result.state for result in results] == ["complete"] * 4
    assert states(sweep) == ["COMPLETE"] * 4 + ["FAIL"]
    assert statuses(store, sweep) == ["FINISHED"] * 4 + ["KILLED"]


def test_on_a_cluster_another_worker_takes_the_place_of_a_killed_one(search, monkeypatch, tmp_path):
    """The trials are kept in PostgreSQL; nothing is left running."""
    from distributed import LocalCluster

    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # the workers import this module
    quiet = {"dashboard_address": None, "silence_logs": 50}
    with (
        postgres_server("inkpipe", "pg-secret", "sweeps") as database,
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", **quiet) as running,
    ):
        monkeypatch.setenv("INKPIPE_SWEEP_STORAGE", database)
        store, sweep = connect(), search(running.scheduler_address.replace("tcp://", "dask://"))
        results = list(sweep.run(store, 6))
        assert (tmp_path / "killed").exists()
        assert [result.state for result in results] == ["complete"] * 6
        assert states(sweep) == ["COMPLETE"] * 6 + ["FAIL"]
        assert statuses(store, sweep) == ["FINISHED"] * 6 + ["KILLED"]
        assert sweep.best().val_cer == min(result.val_cer for result in results)
        assert list(sweep.run(store, 6)) == []
