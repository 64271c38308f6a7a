"""A training as an MLflow run: logged live while it trains, or afterwards, but exactly once.

DVC skips a stage whose result is in its cache, and the stage's logging with it. So a run is identified by the digest
of the model that it made: `training_run` logs while training, and `ensure_run` returns the run of a model, which it
logs from the stage's outputs if there is none.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inkpipe.batching import batched
from inkpipe.model.artifacts import fitted_numbers, load_initialization, load_vocabulary, model_digest
from inkpipe.params import Params
from inkpipe.progress import say
from inkpipe.tracking import provenance
from inkpipe.tracking.model_version import MODEL_DIGEST
from inkpipe.tracking.store import ReadStore, Store, connect, retry_locked, short_timeout, translate_errors
from inkpipe.training.history import Epoch, History, best_epoch, write_history

if TYPE_CHECKING:
    from inkpipe.model.fine_tuning import InitialModel

LOGGED = "inkpipe.logged"  # tag of runs: live | afterwards
INITIAL = "initialization"  # tags of the runs of fine-tuned models: .model, .digest, .kept, .added, .dropped
DESCRIPTION = "mlflow.note.content"  # tag of runs: MLflow's own name for the description
METRICS_PER_CALL = 1000  # the most that MLflow takes at once


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

        metrics = {**epoch.metrics(), "images_per_second": images_per_second}
        try:
            with short_timeout():
                _log_metrics(self.store, self.run_id, {epoch.epoch: metrics})
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
        _log_metrics(self.store, self.run_id, {epoch.epoch: epoch.metrics() for epoch in history})
        decoder = {f"decoder_{name}": value for name, value in fitted_numbers(model_folder).items()}
        _log_metrics(self.store, self.run_id, {len(history): {**decoder, **_best(history)}})
        if initialization := load_initialization(model_folder):
            self.tag({f"{INITIAL}.{name}": value for name, value in initialization.to_json().items()})
        with tempfile.TemporaryDirectory() as folder:
            _write_artifacts(Path(folder), model_folder, history)
            self.store.client.log_artifacts(self.run_id, folder)
        # last, because a run with this tag counts as complete
        self.tag({MODEL_DIGEST: digest})

    def tag(self, tags: Mapping[str, str]) -> None:
        """Give the run tags, in place of earlier ones of the same names."""
        from mlflow.entities import RunTag

        entities = [RunTag(name, value) for name, value in tags.items()]
        retry_locked(lambda: self.store.client.log_batch(self.run_id, tags=entities))


@contextmanager
def training_run(
    params: Params, resume_run_id: str | None = None, initial: InitialModel | None = None
) -> Iterator[TrainingRun]:
    """Open the MLflow run of a training. It ends with the block: finished, failed or killed.

    Args:
        params: the resolved parameters, all of which are logged.
        resume_run_id: the run of a training that was stopped, to go on with. If the store does not have it any more,
            a new run begins, and `finish` gives it the earlier epochs.
        initial: the model that the training starts from, whose name is logged; None for fresh weights.

    Yields:
        The run, to log to.

    Raises:
        InkpipeError: the store cannot be used; raised before the block starts.
    """
    store = connect()
    with translate_errors():
        run = _resumed(store, resume_run_id) if resume_run_id else None
        run = run or _started(store, params, logged="live")
        if initial:
            run.tag({f"{INITIAL}.model": initial.name})
    try:
        yield run
    except BaseException as error:
        _end(run, "FAILED" if isinstance(error, Exception) else "KILLED")
        raise
    _end(run, "FINISHED")


@translate_errors()
def ensure_run(store: Store, model_folder: Path, history: History, params: Params) -> str:
    """Find the run of a model's training, or log the training now if no run has its digest.

    Args:
        store: where to look, and to log.
        model_folder: the folder of the model's files.
        history: all epochs of its training.
        params: the resolved parameters of its training, all of which are logged.

    Returns:
        MLflow's id of the run.

    Raises:
        InkpipeError: the store fails, or a file of the model is absent.
    """
    tagged = f"tags.`{MODEL_DIGEST}` = '{model_digest(model_folder)}'"
    if runs := store.client.search_runs([store.experiment_id], tagged, max_results=1):
        return str(runs[0].info.run_id)
    run = _started(store, params, logged="afterwards")
    run.finish(model_folder, history)
    _end(run, "FINISHED")
    return run.run_id


@translate_errors()
def log_evaluation(store: Store, run_id: str, model_id: str, scores: Mapping[str, float], folder: Path) -> None:
    """Log the evaluation of a model: its scores once, as `test_` + name, and the files as artifacts.

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
        Metric(f"test_{name}", float(value), now, 0, model_id=model_id)
        for name, value in scores.items()
        if logged.get(f"test_{name}") != value
    ]
    retry_locked(lambda: store.client.log_batch(run_id, metrics=metrics))
    retry_locked(lambda: store.client.log_artifacts(run_id, str(folder), "evaluation"))


@translate_errors()
def describe_run(store: ReadStore, run_id: str, description: str) -> None:
    """Give a run the description that the MLflow UI shows, in place of an earlier one.

    Args:
        store: the store of the run.
        run_id: MLflow's id of it.
        description: Markdown.

    Raises:
        InkpipeError: the store fails.
    """
    retry_locked(lambda: store.client.set_tag(run_id, DESCRIPTION, description))


def _started(store: Store, params: Params, logged: str) -> TrainingRun:
    from mlflow.entities import Param

    client = store.client
    tags = {**provenance.tags(params), LOGGED: logged}
    created = client.create_run(store.experiment_id, tags=tags, run_name=provenance.run_name(params))
    run = TrainingRun(store, created.info.run_id)
    values = [Param(name, value) for name, value in provenance.flat_params(params).items()]
    retry_locked(lambda: client.log_batch(run.run_id, params=values))
    _log_inputs(run, params)
    return run


def _log_inputs(run: TrainingRun, params: Params) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    datasets = [
        DatasetInput(
            Dataset(data.name, data.digest, source_type="local", source=json.dumps({"uri": data.path.as_posix()})),
            [InputTag("mlflow.data.context", data.context)],
        )
        for data in provenance.inputs(params)
    ]
    retry_locked(lambda: run.store.client.log_inputs(run.run_id, datasets))


def _best(history: History) -> dict[str, float]:
    """The metrics of the epoch whose weights are the model. Those of the last one, which MLflow shows, may be worse."""
    if not history:
        return {}
    best = best_epoch(history)
    return {"best_epoch": best.epoch, "best_val_cer": best.val_cer, "best_val_loss": best.val_loss}


def _write_artifacts(folder: Path, model_folder: Path, history: History) -> None:
    write_history(folder / "history.csv", history)
    load_vocabulary(model_folder).save(folder / "vocabulary.json")
    if history:
        from inkpipe.evaluation.curves import learning_curves  # Matplotlib takes a second to import

        (folder / "learning_curves.png").write_bytes(learning_curves(history))


def _resumed(store: Store, run_id: str) -> TrainingRun | None:
    from mlflow.exceptions import MlflowException

    try:
        store.client.update_run(run_id, status="RUNNING")
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):  # unknown, deleted
            raise
        say(f"The MLflow store does not have run {run_id} any more, so a new run begins.")
        return None
    return TrainingRun(store, run_id)


def _end(run: TrainingRun, status: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        with short_timeout():
            retry_locked(lambda: run.store.client.set_terminated(run.run_id, status))
    except MlflowException as error:
        say(f"MLflow did not record the end of run {run.run_id} as {status}. Received: {error}")


def _log_metrics(store: Store, run_id: str, epochs: Mapping[int, Mapping[str, float]]) -> None:
    """Log metrics by epoch, without those that the run has already."""
    from mlflow.entities import Metric

    client, now = store.client, int(time.time() * 1000)
    names = {name for metrics in epochs.values() for name in metrics}
    logged = {(name, point.step) for name in names for point in client.get_metric_history(run_id, name)}
    missing = [
        Metric(name, float(value), now, epoch)
        for epoch, metrics in sorted(epochs.items())
        for name, value in metrics.items()
        if (name, epoch) not in logged
    ]
    for batch in batched(missing, METRICS_PER_CALL):
        retry_locked(lambda batch=batch: client.log_batch(run_id, metrics=batch))  # type: ignore[misc]
