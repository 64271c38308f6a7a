"""The origin of a run: parameters, code, experiment, machine and data, as MLflow's params, tags and inputs."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from inkpipe.files import sha256_file
from inkpipe.flatten import flatten
from inkpipe.params import Params
from inkpipe.tracking.store import ReadStore, translate_errors

DVC_LOCK = Path("dvc.lock")
CORPUS, RECORDS = Path("data/raw"), Path("data/records")
LIBRARIES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "mlflow", "dvc")
COMMIT, UNCOMMITTED, EXPERIMENT = "git.commit", "git.dirty", "dvc.experiment"
DVC_TAGS = {"DVC_EXP_NAME": EXPERIMENT, "DVC_EXP_BASELINE_REV": "dvc.baseline", "DVC_STAGE": "dvc.stage"}
THREAD_SETTINGS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "TF_ENABLE_ONEDNN_OPTS")
DIGEST_LENGTH = 36  # characters, the most that MLflow stores of a dataset's digest


@dataclass(frozen=True)
class Input:
    """Data that a run used.

    Attributes:
        name: a readable name.
        context: the purpose: `source`, `training` or `validation`.
        path: in the project.
        digest: of the bytes, at most `DIGEST_LENGTH` characters.
    """

    name: str
    context: str
    path: Path
    digest: str


@dataclass(frozen=True)
class Dataset:
    """Data that MLflow has logged as an input of a run: its name and its digest."""

    name: str
    digest: str


@dataclass(frozen=True)
class Origin:
    """What MLflow has logged of a run's origin; None where it has logged nothing.

    Attributes:
        git_commit: the commit of the code.
        git_dirty: `true` if the code had changes that were not committed, else `false`.
        dvc_experiment: the name of the DVC experiment.
        data: the inputs of the run.
    """

    git_commit: str | None
    git_dirty: str | None
    dvc_experiment: str | None
    data: tuple[Dataset, ...]


def flat_params(params: Params) -> dict[str, str]:
    """Write the parameters as MLflow logs them.

    Args:
        params: the resolved parameters.

    Returns:
        Texts under dotted names, as in `dvc exp run -S NAME=VALUE`; numbers, lists and null as JSON.
    """
    leaves = flatten(params.model_dump(mode="json", by_alias=True))
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in leaves.items()}


def run_name(params: Params) -> str:
    """Name a run after its DVC experiment, else after its network and data, as in `crnn on synthetic`."""
    return os.environ.get("DVC_EXP_NAME") or f"{params.model.preset} on {params.data.source}"


def tags(params: Params) -> dict[str, str]:
    """Collect commit, DVC experiment and stage, threads and library versions.

    Args:
        params: `train.threads` is used.

    Returns:
        Values by tag. Tags without a value are absent, such as those of git outside of a repository.
    """
    commit, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain")
    values = {
        "mlflow.source.name": os.environ.get("DVC_STAGE"),
        "mlflow.source.git.commit": commit,
        COMMIT: commit,
        UNCOMMITTED: None if changes is None else json.dumps(bool(changes)),
        "threads.train": str(params.train.threads),
        "threads.cores": str(os.cpu_count()),
        "version.python": platform.python_version(),
        **{tag: os.environ.get(name) for name, tag in DVC_TAGS.items()},
        **{f"threads.{name}": os.environ.get(name) for name in THREAD_SETTINGS},
        **{f"version.{library}": importlib.metadata.version(library) for library in LIBRARIES},
    }
    return {name: value for name, value in values.items() if value}


def inputs(params: Params) -> list[Input]:
    """Describe the data of a training: the corpus and the records made of it.

    While DVC runs, the digests are those of dvc.lock, by which `dvc fetch` restores the same bytes; DVC writes them
    before the next stage starts. In a stage started by hand the lock may belong to other data, so the digest is that
    of the folder's index file.

    Args:
        params: `data.source` is used.

    Returns:
        The data that is present in the working folder.
    """
    data = [
        Input(f"{params.data.source} corpus", "source", CORPUS, _digest(CORPUS, "source.json")),
        Input("training records", "training", RECORDS, _digest(RECORDS, "records.json")),
        Input("validation records", "validation", RECORDS, _digest(RECORDS, "records.json")),
    ]
    return [each for each in data if each.digest]


def dvc_digest(path: Path) -> str | None:
    """Look an output up in dvc.lock.

    Args:
        path: in the project.

    Returns:
        The MD5 of the output or of the nearest folder above it that dvc.lock lists; None if it lists neither.
    """
    if not DVC_LOCK.exists():
        return None
    stages = yaml.safe_load(DVC_LOCK.read_text(encoding="utf-8")).get("stages", {})
    digests = {Path(out["path"]): out.get("md5") for stage in stages.values() for out in stage.get("outs", [])}
    return next((digests[folder] for folder in (path, *path.parents) if folder in digests), None)


@translate_errors()
def run_origin(store: ReadStore, run_id: str) -> Origin:
    """Ask the store for the origin of a run.

    Args:
        store: the store of the run.
        run_id: MLflow's id of the run.

    Raises:
        InkpipeError: the store has no such run, or cannot be used.
    """
    run = store.client.get_run(run_id)
    data = (each.dataset for each in run.inputs.dataset_inputs)
    return Origin(
        git_commit=run.data.tags.get(COMMIT),
        git_dirty=run.data.tags.get(UNCOMMITTED),
        dvc_experiment=run.data.tags.get(EXPERIMENT),
        data=tuple(Dataset(dataset.name, dataset.digest) for dataset in data),
    )


def _digest(folder: Path, index: str) -> str:
    recorded = dvc_digest(folder) if os.environ.get("DVC_STAGE") else None
    if recorded or not (folder / index).exists():
        return recorded or ""
    return sha256_file(folder / index)[:DIGEST_LENGTH]


def _git(*arguments: str) -> str | None:
    try:
        command = ["git", *arguments]  # fixed words; the user's own git
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
