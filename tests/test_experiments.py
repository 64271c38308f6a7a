"""Every DVC experiment is exactly one MLflow run of its name, whichever way it runs and ends.

DVC, MLflow and what logs a training are the real ones. The training itself is a script that writes a small model, so
that an experiment takes seconds; tests/test_pipeline.py runs one with the real stages.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from itertools import takewhile
from pathlib import Path

import pytest
import yaml
from tests.sessions import session_members

ROOT = Path(__file__).parents[1]
CHECK = """
from pathlib import Path
from inkpipe.errors import InkpipeError
from inkpipe.params import load_params
from inkpipe.stage import run_stage

def main():
    if load_params().seed == 13:
        raise InkpipeError("The contract does not hold.")
    Path("data").mkdir(exist_ok=True)
    Path("data/checked").write_text("whole")
    return "checked"

run_stage("check", "checking", main)
"""
TRAIN = """
import os, time
from pathlib import Path
from inkpipe.errors import InkpipeError
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.files import project_root, write_json
from inkpipe.params import load_params
from inkpipe.stage import run_stage
from inkpipe.tracking import training_run
from inkpipe.training.history import Epoch, write_history

def main():
    params = load_params()
    kept = project_root() / ".inkpipe" / f"state-{params.lr}"  # as checkpoints keep the id of their run
    with training_run(params, kept.read_text() if kept.exists() else None) as run:
        kept.write_text(run.run_id)
        history = [Epoch(1, 2.0, 2.0, params.lr, 0.5, params.lr)]
        run.log_epoch(history[0], 10.0)
        if (project_root() / "hang").exists():
            (project_root() / "pid").write_text(str(os.getpid()))
            time.sleep(600)
        if params.lr > 1:
            raise InkpipeError("The training diverged in epoch 2. Received: loss nan.")
        model = Path("data/model")
        model.mkdir(parents=True)
        (model / "architecture.json").write_text("{}")
        (model / "model.weights.h5").write_text(str(params.lr))
        write_json(model / "recognizer.json", {"vocabulary": Vocabulary(("A",)).to_json(), "preprocess": {}})
        write_history(Path("data/history.csv"), history)
        run.finish(model, history)
    kept.unlink()
    return "trained"

run_stage("train", "training", main)
"""
PROMOTE = """
from pathlib import Path
from inkpipe.files import write_json
from inkpipe.params import load_params
from inkpipe.stage import run_stage
from inkpipe.tracking import connect, ensure_run
from inkpipe.training.history import read_history

def main():
    params = load_params()
    ensure_run(connect(), Path("data/model"), read_history(Path("data/history.csv")), params)
    write_json(Path("data/metrics.json"), {"cer": params.lr, "n": 10})
    return "logged"

run_stage("promote", "logging", main)
"""
PIPELINE = {
    "stages": {
        "check": {"cmd": "python check.py", "params": ["seed"], "deps": ["check.py"], "outs": ["data/checked"]},
        "train": {
            "cmd": "python train.py",
            "params": ["lr"],
            "deps": ["train.py", "data/checked"],
            "outs": ["data/model", "data/history.csv"],
        },
        "promote": {
            "cmd": "python promote.py",
            "params": ["promote"],
            "deps": ["promote.py", "data/model", "data/history.csv"],
            "metrics": [{"data/metrics.json": {"cache": False, "persist": True}}],
        },
    }
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def environment():
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_", "GIT_"))}
    identity = {f"GIT_{who}_{what}": "t@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return {**kept, **identity, "PATH": path, "DVC_NO_ANALYTICS": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}


def start(folder, *command):
    return subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip


def run(folder, *command, fails=False):
    process = start(folder, *command)
    output, _ = process.communicate()
    assert bool(process.returncode) == fails, output
    return output


def experiments(folder):
    """The rows of `inkpipe experiments` by name; a name stands once."""
    rows = json.loads(run(folder, "inkpipe", "experiments", "--json"))
    named = {row["experiment"]: row for row in rows}
    assert len(named) == len(rows)
    return named


def logged(folder):
    """Name, status and tags of all runs, as MLflow itself has them."""
    code = (
        "import json, sys; from mlflow import MlflowClient; c = MlflowClient(sys.argv[1]);"
        "e = c.get_experiment_by_name('inkpipe');"
        "print(json.dumps([[r.info.run_name, r.info.status, r.data.tags, r.data.metrics, r.info.run_id,"
        " [a.path for a in c.list_artifacts(r.info.run_id)]] for r in c.search_runs([e.experiment_id])]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, f"sqlite:///{folder}/mlflow.db"],
        env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def one(folder, name):
    """The only run of a name."""
    found = [each for each in logged(folder) if each[0] == name]
    assert len(found) == 1, found
    return found[0]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A repository whose small pipeline has run once and is committed."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("params.yaml", ".gitignore"):
        shutil.copy(ROOT / name, folder / name)
    for name, content in {
        "check.py": CHECK,
        "train.py": TRAIN,
        "promote.py": PROMOTE,
        "dvc.yaml": yaml.safe_dump(PIPELINE, sort_keys=False),
    }.items():
        (folder / name).write_text(content)
    with (folder / ".gitignore").open("a") as file:
        file.write("/hang\n/pid\n")
    run(folder, "git", "init", "-q")
    run(folder, "dvc", "init", "-q")
    run(folder, "dvc", "repro", "-q")
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-qm", "baseline")
    yield folder
    run(folder, "dvc", "queue", "stop")


@pytest.fixture
def clean(project):
    """The project as it is committed."""
    yield project
    run(project, "git", "checkout", "-q", "--", ".")
    run(project, "dvc", "checkout", "-q")


def test_in_the_workspace_with_all_that_tells_where_it_comes_from(clean):
    run(clean, "dvc", "exp", "run", "-n", "plain", "-S", "lr=0.25")
    baseline = run(clean, "git", "rev-parse", "HEAD").strip()
    _, status, tags, metrics, _, artifacts = one(clean, "plain")
    assert (status, metrics["val/cer"], tags["inkpipe.logged"]) == ("FINISHED", 0.25, "live")
    assert (tags["dvc.experiment"], tags["dvc.baseline"], tags["git.commit"]) == ("plain", baseline, baseline)
    assert (tags["git.dirty"], tags["changes"]) == ("true", "lr 0.25 (was 0.002)")
    assert {"git.diff", "params.yaml", "history.csv"} <= set(artifacts)
    lock = yaml.safe_load((clean / "dvc.lock").read_text())["stages"]["train"]["outs"]
    assert {f"dvc.md5.{out['path']}": out["md5"] for out in lock}.items() <= tags.items()
    (first,) = [each for each in logged(clean) if each[0] == "crnn on synthetic"]
    assert tags["dvc.baseline_run"] == first[4]
    shown = run(clean, "dvc", "exp", "show", "--csv", "--only-changed")
    assert "plain" in shown


def test_in_a_copy_and_what_changed_there(clean):
    run(clean, "dvc", "exp", "run", "--temp", "-n", "apart", "-S", "lr=0.125")
    _, status, tags, _, run_id, artifacts = one(clean, "apart")
    assert (status, tags["changes"], tags["git.dirty"]) == ("FINISHED", "lr 0.125 (was 0.002)", "true")
    assert "git.diff" in artifacts
    diff = next((clean / "mlartifacts").rglob(f"{run_id}/artifacts/git.diff")).read_text()
    assert "+lr: 0.125" in diff


def test_queued_for_two_workers(clean):
    for number in (1, 2, 3):
        run(clean, "dvc", "exp", "run", "--queue", "-n", f"queued{number}", "-S", f"lr=0.5{number}")
    run(clean, "dvc", "exp", "run", "--run-all", "-j", "2")
    for number in (1, 2, 3):
        _, status, tags, metrics, *_ = one(clean, f"queued{number}")
        assert (status, metrics["val/cer"], tags["dvc.experiment"]) == (
            "FINISHED",
            float(f"0.5{number}"),
            f"queued{number}",
        )


def test_restored_from_the_cache_of_another_experiment(clean):
    """The training is not repeated, and both names have a run."""
    run(clean, "dvc", "exp", "run", "-n", "trained", "-S", "lr=0.0625")
    run(clean, "git", "checkout", "-q", "--", ".")
    output = run(clean, "dvc", "exp", "run", "--temp", "-n", "again", "-S", "lr=0.0625")
    assert "Stage 'train' is cached - skipping run" in output
    first, second = one(clean, "trained"), one(clean, "again")
    assert second[1] == "FINISHED"
    assert (second[2]["inkpipe.logged"], second[2]["inkpipe.same_model_as"]) == ("afterwards", first[4])
    assert second[3]["val/cer"] == 0.0625


def test_that_changes_nothing_so_that_dvc_runs_no_stage(clean):
    output = run(clean, "dvc", "exp", "run", "-n", "idle")
    assert "Running stage" not in output
    row = experiments(clean)["idle"]
    assert (row["status"], row["val_cer"], row["test_cer"], row["changes"]) == ("FINISHED", 0.002, 0.002, "none")
    assert one(clean, "idle")[2]["inkpipe.logged"] == "from its commit"
    assert experiments(clean)["idle"] == row


def test_that_diverges_and_is_repeated(clean):
    run(clean, "dvc", "exp", "run", "-n", "wild", "-S", "lr=7.0", fails=True)
    _, status, tags, *_ = one(clean, "wild")
    assert status == "FAILED"
    assert tags["mlflow.note.content"] == "Stopped: The training diverged in epoch 2. Received: loss nan."
    run(clean, "git", "checkout", "-q", "--", ".")
    run(clean, "dvc", "exp", "run", "-n", "wild", "-S", "lr=0.75")
    assert one(clean, "wild")[1] == "FINISHED"
    assert one(clean, "wild (attempt 1)")[1] == "FAILED"


@pytest.mark.parametrize("apart", [[], ["--temp"]])
def test_that_stops_before_the_training(clean, apart):
    name = f"unlucky{len(apart)}"
    run(clean, "dvc", "exp", "run", *apart, "-n", name, "-S", "seed=13", fails=True)
    _, status, tags, _, _, artifacts = one(clean, name)
    assert (status, tags["mlflow.note.content"]) == ("FAILED", "Stopped: [check] The contract does not hold.")
    assert (tags["changes"], tags["dvc.stage"]) == ("seed 13 (was 42)", "check")
    assert {"git.diff", "params.yaml"} <= set(artifacts)


def test_whose_value_is_refused(clean):
    run(clean, "dvc", "exp", "run", "-n", "negative", "-S", "lr=-1.0", fails=True)
    _, status, tags, *_ = one(clean, "negative")
    assert (status, tags["changes"]) == ("FAILED", "lr -1.0 (was auto)")
    assert "lr: Input should be greater than 0" in tags["mlflow.note.content"]


def killed(project, *command):
    """Start an experiment and kill its training once it has logged an epoch."""
    (project / "hang").touch()
    process = start(project, *command)
    while not (project / "pid").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.2)
    time.sleep(0.2)
    os.kill(int((project / "pid").read_text()), signal.SIGKILL)
    process.communicate()
    assert process.returncode != 0
    assert list(session_members(process.pid)) == []
    for name in ("hang", "pid"):
        (project / name).unlink()


def test_that_is_killed_and_taken_up_under_another_name(clean):
    killed(clean, "dvc", "exp", "run", "-n", "victim", "-S", "lr=0.375")
    assert one(clean, "victim")[1] == "RUNNING"
    run(clean, "git", "checkout", "-q", "--", ".")
    run(clean, "dvc", "exp", "run", "-n", "heir", "-S", "lr=0.375")
    victim, heir = one(clean, "victim"), one(clean, "heir")
    assert (victim[1], heir[1]) == ("KILLED", "FINISHED")
    assert "SIGKILL" in victim[2]["mlflow.note.content"]
    assert heir[2]["inkpipe.resumed_from"] == victim[4]


def test_that_is_killed_and_taken_up_under_its_own_name(clean):
    killed(clean, "dvc", "exp", "run", "-n", "phoenix", "-S", "lr=0.4375")
    before = one(clean, "phoenix")[4]
    rows = experiments(clean)  # a command closes it too
    assert rows["phoenix"]["status"] == "KILLED"
    run(clean, "git", "checkout", "-q", "--", ".")
    run(clean, "dvc", "exp", "run", "-n", "phoenix", "-S", "lr=0.4375")
    assert one(clean, "phoenix")[:2] == ["phoenix", "FINISHED"]
    assert one(clean, "phoenix")[4] == before


def test_two_at_once_on_a_fresh_store(clean):
    for path in clean.glob("mlflow.db*"):
        path.unlink()
    pair = []
    for number in (1, 2):
        process = start(clean, "dvc", "exp", "run", "--temp", "-n", f"pair{number}", "-S", f"lr=0.3{number}")
        # DVC holds a lock until the first stage, for which another experiment waits a few seconds alone.
        pair.append((process, list(takewhile(lambda line: "Running stage" not in line, process.stdout))))
    for process, said in pair:
        output, _ = process.communicate()
        assert process.returncode == 0, [*said, output]
    for number in (1, 2):
        assert one(clean, f"pair{number}")[1] == "FINISHED"


def test_the_store_that_was_lost_gets_a_run_for_every_experiment_that_git_keeps(clean):
    rows = experiments(clean)
    listed = run(clean, "dvc", "exp", "list", "--name-only").split()
    assert {"plain", "apart", "queued3", "idle", "heir", "pair2"} <= set(listed)
    assert set(rows) == set(listed)
    assert rows["plain"]["val_cer"] is None  # its epochs were lost with the store
    assert rows["plain"]["test_cer"] == 0.25
