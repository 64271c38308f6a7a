"""Where a run comes from: settings, code, experiment, machine and data, as MLflow's params, tags and inputs."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from inkpipe.files import sha256_file
from inkpipe.params import Params

DVC_LOCK = Path("dvc.lock")
CORPUS, RECORDS = Path("data/raw"), Path("data/records")
LIBRARIES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "mlflow", "dvc")
DVC_TAGS = {"DVC_EXP_NAME": "dvc.experiment", "DVC_EXP_BASELINE_REV": "dvc.baseline", "DVC_STAGE": "dvc.stage"}
THREAD_SETTINGS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "TF_ENABLE_ONEDNN_OPTS")
DIGEST_LENGTH = 36  # the longest that MLflow stores


@dataclass(frozen=True)
class Input:
    """Data that a run read: its name, what it was for, its path in the project and the digest of its bytes."""

    name: str
    context: str
    path: Path
    digest: str


def flatten(params: Params) -> dict[str, str]:
    """The resolved params under dotted names, as in `dvc exp run -S NAME=VALUE`; lists and null as JSON."""
    return dict(_leaves(params.model_dump(mode="json", by_alias=True), ""))


def run_name(params: Params) -> str:
    """The name of the DVC experiment, else what is trained on what."""
    return os.environ.get("DVC_EXP_NAME") or f"{params.model.preset} on {params.data.source}"


def tags(params: Params) -> dict[str, str]:
    """Commit, DVC experiment and stage, threads and library versions; what is not known is left out."""
    commit, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain")
    found = {
        "mlflow.source.name": os.environ.get("DVC_STAGE"),
        "mlflow.source.git.commit": commit,
        "git.commit": commit,
        "git.dirty": None if changes is None else json.dumps(bool(changes)),
        "threads.train": str(params.train.threads),
        "threads.cores": str(os.cpu_count()),
        "version.python": platform.python_version(),
        **{tag: os.environ.get(name) for name, tag in DVC_TAGS.items()},
        **{f"threads.{name}": os.environ.get(name) for name in THREAD_SETTINGS},
        **{f"version.{library}": importlib.metadata.version(library) for library in LIBRARIES},
    }
    return {name: value for name, value in found.items() if value}


def inputs(params: Params) -> list[Input]:
    """What a training reads, as far as it lies in the working folder: the corpus and the records made of it.

    While DVC runs, the digests are those of dvc.lock, by which `dvc fetch` finds the very bytes; DVC writes them
    before the next stage starts. In a stage started by hand the lock may be of other data, so the digest is that of
    the index file that the stage before left.
    """
    found = [
        Input(f"{params.data.source} corpus", "source", CORPUS, _digest(CORPUS, "source.json")),
        Input("training records", "training", RECORDS, _digest(RECORDS, "records.json")),
        Input("validation records", "validation", RECORDS, _digest(RECORDS, "records.json")),
    ]
    return [data for data in found if data.digest]


def dvc_digest(path: Path) -> str | None:
    """The digest that dvc.lock has for an output or for the folder that it lies in; None if it has none."""
    if not DVC_LOCK.exists():
        return None
    stages = yaml.safe_load(DVC_LOCK.read_text(encoding="utf-8")).get("stages", {})
    outs = {Path(out["path"]): out.get("md5") for stage in stages.values() for out in stage.get("outs", [])}
    return next((outs[folder] for folder in (path, *path.parents) if folder in outs), None)


def _digest(folder: Path, index: str) -> str:
    recorded = dvc_digest(folder) if os.environ.get("DVC_STAGE") else None
    if recorded or not (folder / index).exists():
        return recorded or ""
    return sha256_file(folder / index)[:DIGEST_LENGTH]


def _leaves(value: Any, name: str) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        below = [(f"{name}.{key}" if name else key, item) for key, item in value.items()]
        return [leaf for key, item in below for leaf in _leaves(item, key)]
    return [(name, value if isinstance(value, str) else json.dumps(value))]


def _git(*arguments: str) -> str | None:
    try:
        command = ["git", *arguments]  # fixed words, whichever git the user has
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
