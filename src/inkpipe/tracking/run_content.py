"""What a run holds: metrics under readable names, data with its columns, parameters, and files."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import yaml

from inkpipe.batching import batched
from inkpipe.model.artifacts import load_vocabulary
from inkpipe.params import Params
from inkpipe.tracking import provenance
from inkpipe.tracking.code_state import CodeState
from inkpipe.tracking.store import ReadStore, retry_locked
from inkpipe.training.history import History, best_epoch, write_history

# The MLflow names of an epoch's metrics. The part before the slash is the heading of their charts in the UI.
EPOCH_METRICS = {
    "loss": "train/loss",
    "learning_rate": "train/learning_rate",
    "images_per_second": "train/images_per_second",
    "val_loss": "val/loss",
    "val_cer": "val/cer",
    "val_cer_empty_penalty": "val/cer_empty_penalty",
}
TEST_METRICS = ("cer", "wer", "exact")  # shown as `test/`; all other scores stand below, as `test_details/`
METRICS_PER_CALL = 1000  # the most that MLflow takes at once


def named(metrics: Mapping[str, float]) -> dict[str, float]:
    """Give the metrics of an epoch their MLflow names."""
    return {EPOCH_METRICS[name]: value for name, value in metrics.items()}


def best_metrics(history: History) -> dict[str, float]:
    """The metrics of the epoch whose weights are the model. Those of the last one, which MLflow shows, may be worse."""
    if not history:
        return {}
    best = best_epoch(history)
    return {"best/epoch": best.epoch, "best/val_cer": best.val_cer, "best/val_loss": best.val_loss}


def test_metrics(scores: Mapping[str, float]) -> dict[str, float]:
    """Give the scores on the test split their MLflow names."""
    return {f"test{'' if name in TEST_METRICS else '_details'}/{name}": value for name, value in scores.items()}


def log_metrics(store: ReadStore, run_id: str, epochs: Mapping[int, Mapping[str, float]]) -> None:
    """Log metrics by epoch, without those that the run has already.

    Args:
        store: of the run.
        run_id: MLflow's id of it.
        epochs: values by MLflow name, by epoch.

    Raises:
        mlflow.exceptions.MlflowException: the store fails.
    """
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


def log_inputs(store: ReadStore, run_id: str, params: Params) -> None:
    """Log the data of a training with digests, columns and numbers of images, which the UI shows in a drawer.

    Args:
        store: of the run.
        run_id: MLflow's id of it.
        params: as of `provenance.inputs`.
    """
    from mlflow.entities import Dataset, DatasetInput, InputTag

    datasets = [
        DatasetInput(
            Dataset(
                *(data.name, data.digest),
                source_type="local",
                source=json.dumps({"uri": data.path.as_posix()}),
                schema=json.dumps(
                    {"mlflow_colspec": [{"name": name, "type": kind} for name, kind in data.columns.items()]}
                ),
                profile=None if data.images is None else json.dumps({"num_rows": data.images}),
            ),
            [InputTag("mlflow.data.context", data.context)],
        )
        for data in provenance.inputs(params)
    ]
    retry_locked(lambda: store.client.log_inputs(run_id, datasets))


def write_origin(folder: Path, params: Params, code: CodeState | None) -> None:
    """Write what a run starts from: `params.yaml` with all resolved values, `git.diff` and `git.untracked` if any.

    Args:
        folder: of the run's artifacts.
        params: the resolved parameters.
        code: the state of the code; None outside of git.
    """
    content = yaml.safe_dump(params.model_dump(mode="json", by_alias=True), sort_keys=False, allow_unicode=True)
    (folder / "params.yaml").write_text(content, encoding="utf-8")
    write_code(folder, code)


def write_code(folder: Path, code: CodeState | None) -> None:
    """Write what was changed since the commit: `git.diff` and `git.untracked`, if anything was.

    Args:
        folder: of the run's artifacts.
        code: the state of the code; None outside of git.
    """
    if code and code.diff:
        (folder / "git.diff").write_bytes(code.diff)
    if code and code.untracked:
        (folder / "git.untracked").write_text("\n".join(code.untracked) + "\n", encoding="utf-8")


def write_results(folder: Path, model_folder: Path, history: History) -> None:
    """Write what a training leaves: `history.csv`, `vocabulary.json` and, of an epoch or more, `learning_curves.png`.

    Args:
        folder: of the run's artifacts.
        model_folder: of the model's files.
        history: all epochs of the training.
    """
    write_history(folder / "history.csv", history)
    load_vocabulary(model_folder).save(folder / "vocabulary.json")
    if history:
        from inkpipe.evaluation.curves import learning_curves  # Matplotlib takes a second to import

        (folder / "learning_curves.png").write_bytes(learning_curves(history))
