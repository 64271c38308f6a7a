"""A training as an MLflow run: logged live while it trains, or afterwards, but exactly once.

DVC skips a stage whose result is in its cache, and the stage's logging with it. So a run is identified by the digest
of the model that it made, and by the DVC experiment that it is part of: `training_run` logs while training, and
`ensure_run` returns the run of a model in this experiment, which it logs from the stage's outputs if there is none.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import fitted_numbers, load_initialization, model_digest
from inkpipe.params import Params
from inkpipe.progress import say
from inkpipe.tracking import provenance
from inkpipe.tracking.changes import changed_params, committed_params, describe_changes, shown_params
from inkpipe.tracking.code_state import CodeState, code_state, committed_file
from inkpipe.tracking.dvc_experiments import Experiment, current_experiment
from inkpipe.tracking.exclusive import RUNS, exclusive
from inkpipe.tracking.liveness import alive, close_interrupted
from inkpipe.tracking.model_version import MODEL_DIGEST
from inkpipe.tracking.run_content import (
    best_metrics,
    log_inputs,
    log_metrics,
    named,
    test_metrics,
    write_origin,
    write_results,
)
from inkpipe.tracking.run_tags import (
    ATTEMPT_OF,
    BASELINE,
    BASELINE_RUN,
    CHANGES,
    DESCRIPTION,
    DIGEST,
    EXPERIMENT,
    INITIAL,
    LOGGED,
    RESUMED,
    SAME_MODEL,
)
from inkpipe.tracking.store import ReadStore, Store, connect, retry_locked, short_timeout, translate_errors
from inkpipe.training.history import Epoch, History

if TYPE_CHECKING:
    from mlflow.entities import Run

    from inkpipe.model.fine_tuning import InitialModel

MODEL = "data/model"  # in dvc.yaml


@dataclass(frozen=True)
class TrainingRun:
    """The MLflow run of a training.

    Attributes:
        store: the store of the run.
        run_id: MLflow's id of it.
    """

    store: Store
    run_id: str

    def log_epoch(self, epoch: Epoch, images_per_second: float) -> None:
        """Log the metrics of an epoch as a step of the run, unless the run has them already.

        A store that fails does not stop the training: `finish` logs the missing metrics again.

        Args:
            epoch: the finished epoch.
            images_per_second: the images trained on in a second.
        """
        from mlflow.exceptions import MlflowException

        metrics = named({**epoch.metrics(), "images_per_second": images_per_second})
        try:
            with short_timeout():
                log_metrics(self.store, self.run_id, {epoch.epoch: metrics})
        except MlflowException as error:
            say(f"MLflow refused the metrics of epoch {epoch.epoch}; they are sent again at the end. Received: {error}")

    @translate_errors()
    def finish(self, model_folder: Path, history: History) -> None:
        """Log the results of the training, and tag the run with the digest of the model.

        Args:
            model_folder: the folder of the model's files.
            history: all epochs of the training.

        Raises:
            InkpipeError: the store fails, or a file of the model is absent.
        """
        digest = model_digest(model_folder)
        log_metrics(self.store, self.run_id, {epoch.epoch: named(epoch.metrics()) for epoch in history})
        decoder = {f"decoder/{name}": value for name, value in fitted_numbers(model_folder).items()}
        log_metrics(self.store, self.run_id, {len(history): decoder})
        self.log_best(history)
        if initialization := load_initialization(model_folder):
            self.tag({f"{INITIAL}.{name}": value for name, value in initialization.to_json().items()})
        self.log_files(lambda folder: write_results(folder, model_folder, history))
        # last, because a run with this tag counts as complete
        self.tag({MODEL_DIGEST: digest})

    def log_best(self, history: History) -> None:
        """Log the metrics of the best epoch, if there is any."""
        log_metrics(self.store, self.run_id, {len(history): best_metrics(history)})

    def tag(self, tags: Mapping[str, str]) -> None:
        """Give the run tags, in place of earlier ones of the same names."""
        from mlflow.entities import RunTag

        entities = [RunTag(name, value) for name, value in tags.items()]
        retry_locked(lambda: self.store.client.log_batch(self.run_id, tags=entities))

    def log_files(self, write: Callable[[Path], None]) -> None:
        """Log the files that a function writes into an empty folder."""
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder))
            retry_locked(lambda: self.store.client.log_artifacts(self.run_id, folder))


@contextmanager
def training_run(
    params: Params,
    resume_run_id: str | None = None,
    initial: InitialModel | None = None,
    *,
    name: str | None = None,
    tags: Mapping[str, str] | None = None,
    shown: Collection[str] = (),
) -> Iterator[TrainingRun]:
    """Open the MLflow run of a training. It ends with the block: finished, failed or killed.

    Runs whose process was killed without a word are ended first.

    Args:
        params: the resolved parameters, all of which are logged.
        resume_run_id: the run of a training that was stopped, to go on with. If the store does not have it any more,
            or it is of another DVC experiment, a new run begins, and `finish` gives it the earlier epochs.
        initial: the model that the training starts from, whose name is logged; None for fresh weights.
        name: of the run; None for that of the DVC experiment, or of network and data.
        tags: in addition.
        shown: further parameters to show, by dotted name.

    Yields:
        The run, to log to.

    Raises:
        InkpipeError: the store cannot be used; raised before the block starts.
    """
    store = connect()
    close_interrupted(store)
    with translate_errors():
        run = _resumed(store, resume_run_id) if resume_run_id else None
        every_tag = {LOGGED: "live", RESUMED: resume_run_id or "", **(tags or {})}
        run = run or _started(store, params, every_tag, name, shown)
        if initial:
            run.tag({f"{INITIAL}.model": initial.name})
    with running(run), _system_metrics(run):
        yield run


@translate_errors()
def ensure_run(store: Store, model_folder: Path, history: History, params: Params) -> str:
    """Find the run of a model's training, or log the training now if it has none.

    In a DVC experiment it is the experiment's own run, also if another one has trained the same model before. Of
    processes that ask at the same time, one logs it.

    Args:
        store: where to look, and to log.
        model_folder: the folder of the model's files.
        history: all epochs of its training.
        params: the resolved parameters of its training, all of which are logged.

    Returns:
        MLflow's id of the run. It is tagged with the digests of the stages up to now.

    Raises:
        InkpipeError: the store fails, or a file of the model is absent.
    """
    close_interrupted(store)
    digest = model_digest(model_folder)
    run, _ = _own_run(store, digest)
    if run is None:
        with exclusive(store, RUNS):
            run, same = _own_run(store, digest)
            if run is None:
                run = _started(store, params, {LOGGED: "afterwards", SAME_MODEL: same[0].info.run_id if same else ""})
                run.finish(model_folder, history)
                end_run(run, "FINISHED")
                return run.run_id
    if digests := provenance.current_digests():
        run.tag(digests)
    if store.client.get_run(run.run_id).info.status != "FINISHED":  # a stage after the training had stopped
        end_run(run, "FINISHED")
    return run.run_id


@translate_errors()
def log_evaluation(store: Store, run_id: str, model_id: str, scores: Mapping[str, float], folder: Path) -> None:
    """Log the evaluation of a model: its scores once, as `test_metrics` names them, and the files as artifacts.

    Args:
        store: the store of the run.
        run_id: the run of the model's training.
        model_id: MLflow's id of the logged model, which gets the scores too.
        scores: numbers by name.
        folder: tables, figures and report of the evaluation.

    Raises:
        InkpipeError: the store fails.
    """
    from mlflow.entities import Metric

    logged, now = store.client.get_run(run_id).data.metrics, int(time.time() * 1000)
    metrics = [
        Metric(name, float(value), now, 0, model_id=model_id)
        for name, value in test_metrics(scores).items()
        if logged.get(name) != value
    ]
    retry_locked(lambda: store.client.log_batch(run_id, metrics=metrics))
    retry_locked(lambda: store.client.log_artifacts(run_id, str(folder), "evaluation"))


@translate_errors()
def describe_run(store: ReadStore, run_id: str, description: str) -> None:
    """Give a run the description that the MLflow UI shows, in place of an earlier one. What it changed comes last.

    Args:
        store: the store of the run.
        run_id: MLflow's id of it.
        description: Markdown.

    Raises:
        InkpipeError: the store fails.
    """
    changes = store.client.get_run(run_id).data.tags.get(CHANGES)
    text = f"{description}\n\nChanged parameters: {changes}." if changes else description
    retry_locked(lambda: store.client.set_tag(run_id, DESCRIPTION, text))


def find_runs(store: Store, tags: Mapping[str, str]) -> list[Run]:
    """Find runs by their tags.

    Args:
        store: whose experiment is searched.
        tags: all of them must match.

    Returns:
        The runs, those that trained live first, and the oldest first.
    """
    quoted = {name: f'"{value}"' if "'" in value else f"'{value}'" for name, value in tags.items()}
    query = " and ".join(f"tags.`{name}` = {value}" for name, value in quoted.items())
    found: list[Run] = []
    token: str | None = None
    while token != "":
        page = store.client.search_runs([store.experiment_id], query, order_by=["start_time ASC"], page_token=token)
        found += page
        token = page.token or ""
    return sorted(found, key=lambda run: run.data.tags.get(LOGGED) != "live")


def experiment_of(run: Run) -> Experiment | None:
    """The DVC experiment that a run is tagged with; None if it is of none."""
    name = run.data.tags.get(EXPERIMENT)
    return Experiment(name, run.data.tags.get(BASELINE, "")) if name else None


def start_run(
    store: Store,
    params: Params,
    experiment: Experiment | None,
    code: CodeState | None,
    tags: Mapping[str, str],
    name: str | None = None,
    shown: Collection[str] = (),
) -> TrainingRun:
    """Begin a run with its parameters, its code and what it changed.

    Earlier runs of the same experiment, which failed, were killed or are repeated by force, are renamed.

    Args:
        store: to log to.
        params: the resolved parameters.
        experiment: that it is the run of; None for none.
        code: the state of the code; None outside of git.
        tags: in addition; an empty one is left out.
        name: of the run; None for that of the experiment, or of network and data.
        shown: further parameters to show, by dotted name.

    Returns:
        The run, whose status is RUNNING.

    Raises:
        mlflow.exceptions.MlflowException: the store fails.
    """
    commit = experiment.baseline if experiment else code.commit if code else None
    known = committed_params(commit) if commit else None
    changes = changed_params(params, known)
    return begin_run(
        store,
        experiment,
        code,
        {CHANGES: describe_changes(changes) if known else "", **tags},
        name or provenance.run_name(params, experiment),
        shown_params(params, {*changes, *shown}),
        lambda folder: write_origin(folder, params, code),
    )


def begin_run(
    store: Store,
    experiment: Experiment | None,
    code: CodeState | None,
    tags: Mapping[str, str],
    name: str,
    values: Mapping[str, str],
    write: Callable[[Path], None],
) -> TrainingRun:
    """Begin a run whose parameters are texts already; see `start_run`.

    Args:
        store: to log to.
        experiment: that it is the run of; None for none. Its earlier runs are renamed.
        code: the state of the code; None outside of git.
        tags: in addition; an empty one is left out.
        name: of the run.
        values: of the parameters to show, by dotted name.
        write: writes the first artifacts into an empty folder.

    Returns:
        The run, whose status is RUNNING.

    Raises:
        mlflow.exceptions.MlflowException: the store fails.
    """
    from mlflow.entities import Param

    if experiment:
        _set_attempts_aside(store, experiment)
    every_tag = {
        **provenance.origin_tags(experiment, code),
        BASELINE_RUN: _baseline_run(store, experiment) if experiment else "",
        **tags,
    }
    created = store.client.create_run(
        store.experiment_id, tags={tag: value for tag, value in every_tag.items() if value}, run_name=name
    )
    run = TrainingRun(store, created.info.run_id)
    params = [Param(key, value) for key, value in values.items()]
    retry_locked(lambda: store.client.log_batch(run.run_id, params=params))
    run.log_files(write)
    return run


def _started(
    store: Store, params: Params, tags: Mapping[str, str], name: str | None = None, shown: Collection[str] = ()
) -> TrainingRun:
    every_tag = {**provenance.surroundings(params), **provenance.current_digests(), **tags}
    run = start_run(store, params, current_experiment(), code_state(), every_tag, name, shown)
    log_inputs(store, run.run_id, params)
    return run


def _own_run(store: Store, digest: str) -> tuple[TrainingRun | None, list[Run]]:
    """The run of a model in the DVC experiment of this process, if there is one, and all runs of the model."""
    experiment, same = current_experiment(), find_runs(store, {MODEL_DIGEST: digest})
    own = [run for run in same if experiment is None or experiment_of(run) == experiment]
    return (TrainingRun(store, own[0].info.run_id) if own else None), same


def _set_attempts_aside(store: Store, experiment: Experiment) -> None:
    earlier = find_runs(store, {EXPERIMENT: experiment.name, BASELINE: experiment.baseline})
    number = len(find_runs(store, {ATTEMPT_OF: experiment.name, BASELINE: experiment.baseline}))
    for run in earlier:
        number += 1
        TrainingRun(store, run.info.run_id).tag({ATTEMPT_OF: experiment.name})
        store.client.update_run(run.info.run_id, name=f"{experiment.name} (attempt {number})")
        store.client.delete_tag(run.info.run_id, EXPERIMENT)


def _baseline_run(store: Store, experiment: Experiment) -> str:
    """The run that made the model of the commit that an experiment started from; empty if there is none."""
    lock = committed_file(experiment.baseline, provenance.DVC_LOCK)
    digest = provenance.lock_digests(lock).get(f"{DIGEST}{MODEL}") if lock else None
    runs = find_runs(store, {f"{DIGEST}{MODEL}": digest}) if digest else []
    return str(runs[0].info.run_id) if runs else ""


def _resumed(store: Store, run_id: str) -> TrainingRun | None:
    from mlflow.exceptions import MlflowException

    try:
        if experiment_of(store.client.get_run(run_id)) != current_experiment():
            say(f"Run {run_id} is of another experiment, so a new run begins with its epochs.")
            return None
        store.client.update_run(run_id, status="RUNNING")
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):  # unknown, deleted
            raise
        say(f"The MLflow store does not have run {run_id} any more, so a new run begins.")
        return None
    return TrainingRun(store, run_id)


def _system_metrics(run: TrainingRun) -> AbstractContextManager[object]:
    """Log the use of processor, memory, disk and network if MLflow's own switch is on."""
    from mlflow.environment_variables import MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING

    if not MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING.get():
        return nullcontext()
    return _monitored(run)


@contextmanager
def _monitored(run: TrainingRun) -> Iterator[None]:
    from mlflow.environment_variables import MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL
    from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

    seconds = MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL.get() or 10
    monitor = SystemMetricsMonitor(run.run_id, seconds, resume_logging=True, tracking_uri=run.store.uri)
    monitor.start()
    try:
        yield
    finally:
        monitor.finish()


@contextmanager
def running(run: TrainingRun) -> Iterator[None]:
    """Mark a run as alive until the block ends, and end it then: finished, failed or killed.

    Args:
        run: that has begun.
    """
    with alive(run.run_id):
        try:
            yield
        except BaseException as error:
            end_run(run, "FAILED" if isinstance(error, Exception) else "KILLED", error)
            raise
        end_run(run, "FINISHED")


def end_run(run: TrainingRun, status: str, error: BaseException | None = None) -> None:
    """End a run. A store that fails is only reported: what the run was for is done.

    Args:
        run: to end.
        status: FINISHED, FAILED or KILLED.
        error: why it ended. The message of an InkpipeError becomes the description.
    """
    from mlflow.exceptions import MlflowException

    try:
        with short_timeout():
            if isinstance(error, InkpipeError):
                retry_locked(lambda: run.store.client.set_tag(run.run_id, DESCRIPTION, f"Stopped: {error}"))
            retry_locked(lambda: run.store.client.set_terminated(run.run_id, status))
    except MlflowException as refused:
        say(f"MLflow did not record the end of run {run.run_id} as {status}. Received: {refused}")
