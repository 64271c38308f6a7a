"""A training as an MLflow run: live while it trains, and completed or made up for afterwards, exactly once.

DVC skips a stage whose result it has cached, and with it the stage's logging. So a run is known by the digest of the
reader that it made: `training_run` logs while training, `ensure_run` finds that run or makes it from what is on disk.
"""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, write_json
from inkpipe.model.artifacts import READER, model_digest
from inkpipe.params import Params
from inkpipe.progress import say
from inkpipe.tracking import provenance
from inkpipe.tracking.store import Store, briefly, connect, patiently, understood

MODEL_DIGEST = "inkpipe.model_digest"
LOGGED = "inkpipe.logged"  # live | afterwards
METRICS_PER_CALL = 1000


@dataclass(frozen=True)
class TrainingRun:
    """A run that a training logs to."""

    store: Store
    run_id: str

    def log_epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Log an epoch's metrics as step `epoch`, unless the run has that epoch already.

        A store that fails meanwhile does not stop the training: `finish` adds what is missing.
        """
        from mlflow.exceptions import MlflowException

        try:
            with briefly():
                _log_metrics(self.store, self.run_id, {epoch: logs})
        except MlflowException as error:
            say(f"MLflow did not take epoch {epoch}; it is logged again at the end. Received: {error}")

    def finish(self, model_folder: Path, history: Path) -> None:
        """Complete the run from what training left, and mark it with the reader's digest.

        Args:
            model_folder: the reader.
            history: CSV with one row an epoch: `epoch` and its metrics, the names as in `log_epoch`.

        Raises:
            InkpipeError: the store fails, or a file is absent.
        """
        epochs, digest = read_history(history), model_digest(model_folder)
        with understood(), tempfile.TemporaryDirectory() as folder:
            _log_metrics(self.store, self.run_id, epochs)
            _write_artifacts(Path(folder), model_folder, history, epochs)
            self.store.client.log_artifacts(self.run_id, folder)
            # last: the digest says that the run is complete
            patiently(lambda: self.store.client.set_tag(self.run_id, MODEL_DIGEST, digest))


@contextmanager
def training_run(params: Params, resume_run_id: str | None = None) -> Iterator[TrainingRun]:
    """The MLflow run of a training: finished, failed or killed as the block ends.

    Args:
        params: the resolved params, logged flat.
        resume_run_id: the run of a training that was stopped, to go on with. If the store does not know it any more,
            a new run begins, and `finish` gives it the epochs of before.

    Raises:
        InkpipeError: the store cannot be used; raised before the block is entered.
    """
    store = connect()
    with understood():
        run = _resumed(store, resume_run_id) if resume_run_id else None
        run = run or _started(store, params, logged="live")
    try:
        yield run
    except BaseException as error:
        _end(run, "FAILED" if isinstance(error, Exception) else "KILLED")
        raise
    _end(run, "FINISHED")


def ensure_run(model_folder: Path, history: Path, params: Params) -> str:
    """The id of the run that made a reader; it is made from the files where training was skipped or not logged.

    Raises:
        InkpipeError: the store cannot be used, or a file is absent.
    """
    store, digest = connect(), model_digest(model_folder)
    with understood():
        found = store.client.search_runs([store.experiment_id], f"tags.`{MODEL_DIGEST}` = '{digest}'", max_results=1)
        if found:
            return str(found[0].info.run_id)
        run = _started(store, params, logged="afterwards")
    run.finish(model_folder, history)
    _end(run, "FINISHED")
    return run.run_id


def read_history(path: Path) -> dict[int, dict[str, float]]:
    """The metrics of each epoch in a history CSV; empty cells are left out.

    Raises:
        InkpipeError: the file is absent or not such a CSV.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        return {
            int(row["epoch"]): {name: float(cell) for name, cell in row.items() if name != "epoch" and cell}
            for row in rows
        }
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InkpipeError(
            f"{path} is not a training history with a row of numbers for each epoch. Received: {error}. "
            "Remake it with `dvc repro -f train`."
        ) from error


def _started(store: Store, params: Params, logged: str) -> TrainingRun:
    from mlflow.entities import Param

    client = store.client
    tags = {**provenance.tags(params), LOGGED: logged}
    created = client.create_run(store.experiment_id, tags=tags, run_name=provenance.run_name(params))
    run = TrainingRun(store, created.info.run_id)
    values = [Param(name, value) for name, value in provenance.flatten(params).items()]
    patiently(lambda: client.log_batch(run.run_id, params=values))
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
    patiently(lambda: run.store.client.log_inputs(run.run_id, datasets))


def _write_artifacts(
    folder: Path, model_folder: Path, history: Path, epochs: Mapping[int, Mapping[str, float]]
) -> None:
    shutil.copyfile(history, folder / "history.csv")
    write_json(folder / "vocabulary.json", read_json(model_folder / READER, "train")["vocabulary"])
    if epochs:
        from inkpipe.figures import learning_curves

        columns = {name: [logs[name] for logs in epochs.values()] for name in ("loss", "val_loss", "val_cer")}
        (folder / "learning_curves.png").write_bytes(learning_curves({"epoch": list(epochs), **columns}))


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
        with briefly():
            patiently(lambda: run.store.client.set_terminated(run.run_id, status))
    except MlflowException as error:
        say(f"MLflow did not take that run {run.run_id} is {status}. Received: {error}")


def _log_metrics(store: Store, run_id: str, epochs: Mapping[int, Mapping[str, float]]) -> None:
    """Log the metrics that the run does not have yet."""
    from mlflow.entities import Metric

    client, now = store.client, int(time.time() * 1000)
    names = {name for logs in epochs.values() for name in logs}
    logged = {(name, point.step) for name in names for point in client.get_metric_history(run_id, name)}
    new = [
        Metric(name, float(value), now, epoch)
        for epoch, logs in sorted(epochs.items())
        for name, value in logs.items()
        if (name, epoch) not in logged
    ]
    for start in range(0, len(new), METRICS_PER_CALL):
        chunk = new[start : start + METRICS_PER_CALL]
        patiently(lambda chunk=chunk: client.log_batch(run_id, metrics=chunk))  # type: ignore[misc]
