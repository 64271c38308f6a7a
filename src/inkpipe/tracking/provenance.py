"""The origin of a run: code, experiment, machine and data, as MLflow's tags and inputs."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from inkpipe.files import sha256_file
from inkpipe.params import Params
from inkpipe.tracking.code_state import CodeState
from inkpipe.tracking.dvc_experiments import Experiment
from inkpipe.tracking.run_tags import BASELINE, COMMIT, DIGEST, EXPERIMENT, UNCOMMITTED
from inkpipe.tracking.store import ReadStore, translate_errors

DVC_LOCK, DVC_YAML = Path("dvc.lock"), Path("dvc.yaml")
CORPUS, RECORDS = Path("data/raw"), Path("data/records")
LIBRARIES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "mlflow", "dvc")
THREAD_SETTINGS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "TF_ENABLE_ONEDNN_OPTS")
CORPUS_COLUMNS = {"filename": "string", "label": "string", "image": "binary"}
RECORD_COLUMNS = {"filename": "string", "text": "string", "label": "long", "image": "binary"}
DIGEST_LENGTH = 36  # characters, the most that MLflow stores of a dataset's digest


@dataclass(frozen=True)
class Input:
    """Data that a run used.

    Attributes:
        name: a readable name.
        context: the purpose: `source`, `training` or `validation`.
        path: in the project.
        digest: of the bytes, at most `DIGEST_LENGTH` characters.
        columns: name and MLflow's type of each column.
        images: how many there are; None if the index does not say.
    """

    name: str
    context: str
    path: Path
    digest: str
    columns: Mapping[str, str]
    images: int | None = None


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


def run_name(params: Params, experiment: Experiment | None) -> str:
    """Name a run after its DVC experiment, else after its network and data, as in `crnn on synthetic`."""
    return experiment.name if experiment else f"{params.model.preset} on {params.data.source}"


def origin_tags(experiment: Experiment | None, code: CodeState | None) -> dict[str, str]:
    """Name the DVC experiment and the code of a run.

    Args:
        experiment: the DVC experiment; None outside of one.
        code: the state of the code; None outside of git.

    Returns:
        Values by tag.
    """
    tags = {EXPERIMENT: experiment.name, BASELINE: experiment.baseline} if experiment else {}
    if code:
        tags |= {"mlflow.source.git.commit": code.commit, COMMIT: code.commit, UNCOMMITTED: json.dumps(code.dirty)}
    return tags


def surroundings(params: Params) -> dict[str, str]:
    """Collect the DVC stage, threads and library versions of this process.

    Args:
        params: `train.threads` is used.

    Returns:
        Values by tag. Tags without a value are absent.
    """
    values = {
        "mlflow.source.name": os.environ.get("DVC_STAGE"),
        "dvc.stage": os.environ.get("DVC_STAGE"),
        "threads.train": str(params.train.threads),
        "threads.cores": str(os.cpu_count()),
        "version.python": platform.python_version(),
        **{f"threads.{name}": os.environ.get(name) for name in THREAD_SETTINGS},
        **{f"version.{library}": importlib.metadata.version(library) for library in LIBRARIES},
    }
    return {name: value for name, value in values.items() if value}


def current_digests() -> dict[str, str]:
    """Name the outputs of the stages before this one by the MD5s of dvc.lock, by which `dvc fetch` restores them.

    Returns:
        As `lock_digests`; none in a stage started by hand, because the lock may belong to other data.
    """
    stage = os.environ.get("DVC_STAGE")  # DVC has written the entries of the stages before it
    if stage is None or not (DVC_LOCK.exists() and DVC_YAML.exists()):
        return {}
    order = list(yaml.safe_load(DVC_YAML.read_text(encoding="utf-8"))["stages"])
    return lock_digests(DVC_LOCK.read_bytes(), order[: order.index(stage)] if stage in order else [])


def lock_digests(lock: bytes, stages: Iterable[str] | None = None) -> dict[str, str]:
    """Name the outputs of a lock.

    Args:
        lock: the content of dvc.lock.
        stages: to name the outputs of; None for all.

    Returns:
        MD5s by tag, which is `dvc.md5.` and the path of the output.
    """
    locked = yaml.safe_load(lock).get("stages", {})
    outs = [out for name in (locked if stages is None else stages) for out in locked.get(name, {}).get("outs", [])]
    return {f"{DIGEST}{out['path']}": out["md5"] for out in outs if "md5" in out}


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
    records, counts = _digest(RECORDS, "records.json"), _splits()
    data = [
        Input(f"{params.data.source} corpus", "source", CORPUS, _digest(CORPUS, "source.json"), CORPUS_COLUMNS),
        *(
            Input(f"{context} records", context, RECORDS, records, RECORD_COLUMNS, counts.get(split, {}).get("images"))
            for split, context in (("train", "training"), ("validation", "validation"))
        ),
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


def _splits() -> dict[str, Any]:
    """The splits in the index of the records."""
    index = RECORDS / "records.json"
    return dict(json.loads(index.read_text(encoding="utf-8")).get("splits", {})) if index.exists() else {}
