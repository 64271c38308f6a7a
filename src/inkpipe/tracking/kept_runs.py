"""Runs for experiments that have none: DVC ran no stage, since nothing had changed, or they come from another clone."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

from inkpipe.progress import say
from inkpipe.tracking.changes import committed_params
from inkpipe.tracking.code_state import CodeState, committed_file, git
from inkpipe.tracking.dvc_experiments import KeptExperiment, kept_experiments
from inkpipe.tracking.exclusive import RUNS, exclusive
from inkpipe.tracking.model_version import MODEL_DIGEST
from inkpipe.tracking.provenance import DVC_LOCK, lock_digests
from inkpipe.tracking.run_content import log_metrics, test_metrics
from inkpipe.tracking.run_tags import DIGEST, LOGGED, SAME_MODEL
from inkpipe.tracking.runs import MODEL, TrainingRun, experiment_of, find_runs, start_run
from inkpipe.tracking.store import Store, retry_locked, translate_errors

METRICS = Path("data/metrics.json")  # in dvc.yaml


@translate_errors()
def log_kept_experiments(store: Store) -> list[str]:
    """Log each experiment that git keeps and that has no run yet, from its commit.

    The metrics of its epochs are those of the run that trained the same model, if the store has it.

    Args:
        store: to log to. The working folder is the root of the project.

    Returns:
        The names of the experiments that were logged.

    Raises:
        InkpipeError: the store fails.
    """
    if not _missing(store):
        return []
    with exclusive(store, RUNS):  # another command may log them at the same time
        return [kept.experiment.name for kept in _missing(store) if _log(store, kept)]


def _missing(store: Store) -> list[KeptExperiment]:
    found = kept_experiments()
    logged = {experiment_of(run) for run in find_runs(store, {})} if found else set()
    return [kept for kept in found if kept.experiment not in logged]


def _log(store: Store, kept: KeptExperiment) -> bool:
    params = committed_params(kept.commit)
    if params is None:
        say(f"Experiment {kept.experiment.name} is of another version of inkpipe, so it gets no run.")
        return False
    digests = lock_digests(committed_file(kept.commit, DVC_LOCK) or b"{}")
    model = digests.get(f"{DIGEST}{MODEL}")
    same = find_runs(store, {f"{DIGEST}{MODEL}": model}) if model else []
    tags = {**digests, LOGGED: "from its commit"}
    if same:
        trained = same[0]
        tags |= {SAME_MODEL: trained.info.run_id, MODEL_DIGEST: trained.data.tags.get(MODEL_DIGEST, "")}
    diff = git("diff", "--no-ext-diff", "--no-color", "--binary", kept.experiment.baseline, kept.commit) or b""
    run = start_run(store, params, kept.experiment, CodeState(kept.experiment.baseline, diff, ()), tags)
    if same:
        _copy_epochs(store, same[0].info.run_id, run)
    if scores := committed_file(kept.commit, METRICS):
        log_metrics(store, run.run_id, {0: test_metrics(json.loads(scores))})
    retry_locked(lambda: store.client.set_terminated(run.run_id, "FINISHED"))
    return True


def _copy_epochs(store: Store, source: str, run: TrainingRun) -> None:
    epochs: dict[int, dict[str, float]] = defaultdict(dict)
    for name in store.client.get_run(source).data.metrics:
        if not name.startswith(("test", "system/")):
            for point in store.client.get_metric_history(source, name):
                epochs[point.step][name] = point.value
    log_metrics(store, run.run_id, epochs)
