"""The MLflow run of an experiment that a stage stopped: why it stopped, whichever stage that was.

A training that stops tells it by its own run. For all else the wrapper of stages runs this module as a program.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import model_digest
from inkpipe.params import Params, load_params
from inkpipe.params.load import PARAMS_FILE
from inkpipe.tracking import connect, provenance
from inkpipe.tracking.changes import describe_changes, raw_changes
from inkpipe.tracking.code_state import CodeState, code_state
from inkpipe.tracking.dvc_experiments import Experiment, current_experiment
from inkpipe.tracking.model_version import MODEL_DIGEST
from inkpipe.tracking.run_content import write_code
from inkpipe.tracking.run_tags import BASELINE, CHANGES, EXPERIMENT, LOGGED
from inkpipe.tracking.runs import MODEL, TrainingRun, begin_run, end_run, find_runs, start_run
from inkpipe.tracking.store import Store, translate_errors

if TYPE_CHECKING:
    from mlflow.entities import Run


@translate_errors()
def log_stop(store: Store, experiment: Experiment, stage: str, status: str, reason: str, began: float) -> str:
    """Give an experiment that stopped a run with the reason, unless the training has told it.

    If the stage comes after the training, it is the run of the training; else a new one.

    Args:
        store: to log to. The working folder is that of the experiment.
        experiment: that stopped.
        stage: its name in dvc.yaml.
        status: FAILED or KILLED.
        reason: why it stopped.
        began: when the stage began, seconds since 1970.

    Returns:
        MLflow's id of the run.

    Raises:
        InkpipeError: the store fails.
    """
    earlier = find_runs(store, {EXPERIMENT: experiment.name, BASELINE: experiment.baseline})
    for run in earlier:
        if run.info.status != "FINISHED" and (run.info.end_time or 0) >= 1000 * began:
            return str(run.info.run_id)
    trained = _trained(earlier, stage)
    run = TrainingRun(store, trained.info.run_id) if trained else _begun(store, experiment)
    end_run(run, status, InkpipeError(f"[{stage}] {reason}"))
    return run.run_id


def _trained(runs: list[Run], stage: str) -> Run | None:
    """The run of the model that a stage works on; None if it works on none."""
    stages = yaml.safe_load(provenance.DVC_YAML.read_text(encoding="utf-8"))["stages"]
    if MODEL not in stages.get(stage, {}).get("deps", []) or not Path(MODEL).exists():
        return None
    digest = model_digest(Path(MODEL))
    return next((run for run in runs if run.data.tags.get(MODEL_DIGEST) == digest), None)


def _begun(store: Store, experiment: Experiment) -> TrainingRun:
    params, code = _params(), code_state()
    tags = {LOGGED: "live", **provenance.current_digests()}
    if params:
        return start_run(store, params, experiment, code, {**provenance.surroundings(params), **tags})
    changes = raw_changes(experiment.baseline)
    values = {name: now for name, (_, now) in changes.items()}
    tags |= {CHANGES: describe_changes(changes)}
    return begin_run(store, experiment, code, tags, experiment.name, values, lambda folder: _write(folder, code))


def _params() -> Params | None:
    try:
        return load_params()
    except InkpipeError:  # which may be why the stage stopped
        return None


def _write(folder: Path, code: CodeState | None) -> None:
    if PARAMS_FILE.exists():
        (folder / PARAMS_FILE.name).write_bytes(PARAMS_FILE.read_bytes())
    write_code(folder, code)


def main() -> int:
    """Log the stop that standard input describes as JSON."""
    record = json.load(sys.stdin)
    experiment = current_experiment()
    if experiment is None:
        return 0
    try:
        log_stop(connect(), experiment, **record)
    except InkpipeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
