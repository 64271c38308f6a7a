"""A repository with a tiny pipeline, and commands that run in it as a user runs them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from tests.values import replaced

ROOT = Path(__file__).parents[1]
TINY = {
    "epochs": 1,
    "batch_size": 8,
    "synthetic.train": 40,
    "synthetic.validation": 12,
    "synthetic.test": 12,
    "model.crnn.channels": [4, 4, 8, 8],
    "model.crnn.recurrent_units": 8,
    "evaluate.examples": 4,
    "promote.min_images": 10,
    "promote.max_cer": 2.0,
}


def set_params(folder, values):
    path = folder / "params.yaml"
    content = replaced(yaml.safe_load(path.read_text()), values)
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def surroundings(**variables):
    """The environment of a command: that of the test, without what its own surroundings set, and some variables."""
    unset = ("DVC_ROOT", "DVC_STAGE", "DVC_EXP_NAME", "MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    return {**environment, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}", **variables}


def run(folder, *command, **variables):
    """Run a command of the environment in a project."""
    return subprocess.run(
        command, cwd=folder, env=surroundings(**variables), capture_output=True, text=True, check=False
    )


def git(folder, *words):
    """Run a git command, which must work, in a folder: what it prints."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def baseline_repository(folder, stages):
    """Make a repository of one commit, the baseline of experiments: the parameters here, and stages in their order."""
    git(folder, "init", "-q")
    shutil.copy(ROOT / "params.yaml", folder)
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}, sort_keys=False))
    git(folder, "add", "params.yaml", "dvc.yaml")
    git(folder, "commit", "-qm", "baseline")


def stages_run(result):
    lines = (result.stdout + result.stderr).splitlines()
    return [line.split("'")[1] for line in lines if line.startswith("Running stage")]


def tiny_repository(folder, values=None):
    """Put the pipeline into an empty folder, with parameters for a handful of images and a git repository around it."""
    for name in ("dvc.yaml", "params.yaml", ".gitignore"):
        shutil.copy(ROOT / name, folder / name)
    for command in (["git", "init", "-q"], ["dvc", "init", "-q"]):
        assert run(folder, *command).returncode == 0
    for name in ("src", "stages", ".dvc/plots"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    set_params(folder, {**TINY, **(values or {})})
