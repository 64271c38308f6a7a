import subprocess
import sys

import pytest

from inkpipe.tracking import connect, training_run
from inkpipe.tracking.liveness import INTERRUPTED, alive, close_interrupted

pytest_plugins = ["tests.tiny"]

KILLED = """
import os, signal
from inkpipe.tracking.liveness import alive
with alive({run_id!r}):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def started(store):
    return store.client.create_run(store.experiment_id).info.run_id


def status(store, run_id):
    return store.client.get_run(run_id).info.status


def kill(run_id):
    killed = subprocess.run([sys.executable, "-c", KILLED.format(run_id=run_id)], check=False)
    assert killed.returncode == -9


def test_a_run_whose_process_was_killed_is_closed_and_one_that_trains_is_not(name, tmp_path):
    store = connect()
    killed, training = started(store), started(store)
    kill(killed)
    with alive(training):
        assert close_interrupted(store) == [killed]
        assert (status(store, killed), status(store, training)) == ("KILLED", "RUNNING")
    assert store.client.get_run(killed).data.tags["mlflow.note.content"] == INTERRUPTED
    assert close_interrupted(store) == []
    assert list((tmp_path / ".inkpipe/runs").iterdir()) == []


def test_the_next_training_closes_it(name, make_params):
    store = connect()
    killed = started(store)
    kill(killed)
    with training_run(make_params()):
        assert status(store, killed) == "KILLED"


def test_a_run_that_ended_otherwise_keeps_its_status(name):
    store = connect()
    finished = started(store)
    kill(finished)
    store.client.set_terminated(finished, "FINISHED")
    assert close_interrupted(store) == []
    assert status(store, finished) == "FINISHED"


def test_a_run_of_another_store_is_left_to_it(name, tmp_path, monkeypatch):
    store = connect()
    killed = started(store)
    kill(killed)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/another.db")
        assert close_interrupted(connect()) == []
    connect()
    assert close_interrupted(store) == [killed]


@pytest.mark.parametrize("raised", [ValueError, KeyboardInterrupt])
def test_a_block_that_raises_leaves_no_lock(tmp_path, monkeypatch, raised):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    with pytest.raises(raised), alive("run"):
        raise raised
    assert list((tmp_path / ".inkpipe/runs").iterdir()) == []
