"""Compile, fit and resume: from training records to the best reader by validation CER."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

import keras

from inkpipe.checkpoints import BEST, Checkpoints, Progress, Resume
from inkpipe.errors import InkpipeError
from inkpipe.files import project_path, read_json, sha256_file, sha256_json, whole_directory, whole_file
from inkpipe.model.architectures import build_network
from inkpipe.model.artifacts import load_weights, save_reader
from inkpipe.model.ocr import CTCOCRModel
from inkpipe.model.optimizers import build_optimizer
from inkpipe.params import Params
from inkpipe.progress import bar, say
from inkpipe.records import INDEX, count_images, image_shape, training_batches, validation_batches
from inkpipe.tracking import TrainingRun, training_run
from inkpipe.vocabulary import Vocabulary

COLUMNS = ("epoch", "loss", "val_loss", "val_cer", "val_cer_empty_penalty", "learning_rate")


def train(params: Params, records: Path, vocabulary: Vocabulary, target: Path, history: Path, checkpoints: Path) -> str:
    """Train a reader and leave the weights with the lowest validation CER.

    A training that was stopped goes on after its last finished epoch when the same data and parameters are trained
    again. `train.weights` starts from given weights instead of fresh ones; with `epochs: 0` they are used as they are.

    Args:
        params: all parameters.
        records: what the preprocess stage left.
        vocabulary: what the classes stand for.
        target: folder for the reader's files.
        history: CSV file for the metrics of each epoch.
        checkpoints: folder under which unfinished trainings keep their state.

    Returns:
        A line that sums up the training.

    Raises:
        InkpipeError: `train.weights` does not fit, or the MLflow server cannot be reached.
    """
    keras.utils.set_random_seed(params.seed)
    kept = Checkpoints(checkpoints / _key(params, records, vocabulary))
    progress = kept.load()
    model = _compiled(params, records, vocabulary)
    if progress.epochs:
        kept.restore(model)
        say(f"resuming after epoch {progress.epochs} of {params.epochs}")
    with training_run(params, progress.run_id) as run:
        progress.run_id = run.run_id
        if params.epochs:
            _fit(model, params, records, kept, progress, run)
            load_weights(model.network, kept.folder / BEST)
        with whole_directory(target) as partial:
            save_reader(partial, model, params.preprocess)
        _write_history(history, progress)
        run.finish(target, history)
    kept.remove()
    best = f", best validation CER {progress.best_cer:.4f}" if progress.epochs else ""
    return f"{model.count_params():,} parameters, {progress.epochs} epochs{best}"


def _compiled(params: Params, records: Path, vocabulary: Vocabulary) -> CTCOCRModel:
    model = CTCOCRModel(build_network(params, image_shape(records), vocabulary.classes), vocabulary)
    if params.train.weights:
        load_weights(model.network, _start_weights(params.train.weights))
    optimizer = build_optimizer(params, params.epochs * _steps(params, records))
    # XLA has no form of the CTC kernel, and is no faster for the recurrent layers on CPU
    model.compile(optimizer=optimizer, jit_compile=False)
    return model


def _fit(
    model: CTCOCRModel, params: Params, records: Path, kept: Checkpoints, progress: Progress, run: TrainingRun
) -> None:
    padding = model.vocabulary.padding
    stateful = _stateful_callbacks(params)
    model.fit(
        training_batches(records, params, padding, progress.epochs).repeat(),  # Keras warns of a stream that ends
        shuffle=False,
        validation_data=validation_batches(records, "validation", params.evaluate.batch_size, padding),
        initial_epoch=progress.epochs,
        epochs=params.epochs,
        steps_per_epoch=_steps(params, records),
        callbacks=[
            _LearningRate(),
            *stateful,
            Resume(kept, progress, params.seed, stateful),
            _Follow(run, params, count_images(records, "train")),
        ],
        verbose=0,
    )


def _stateful_callbacks(params: Params) -> list[keras.callbacks.Callback]:
    train, callbacks = params.train, []
    if train.early_stopping_patience:
        monitor, patience = train.early_stopping_monitor, train.early_stopping_patience
        callbacks.append(keras.callbacks.EarlyStopping(monitor, patience=patience, mode="min"))
    if train.schedule == "plateau":
        factor, patience = train.plateau_factor, train.plateau_patience
        callbacks.append(keras.callbacks.ReduceLROnPlateau("val_loss", factor=factor, patience=patience, mode="min"))
    return callbacks


class _LearningRate(keras.callbacks.Callback):
    """Puts the epoch's last learning rate into the logs, before the schedules that act on them."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class _Follow(keras.callbacks.Callback):
    """Shows the training to the person who watches, and logs it to MLflow."""

    def __init__(self, run: TrainingRun, params: Params, images: int) -> None:
        super().__init__()
        self.run, self.images = run, images
        self.epochs, self.batch_size = params.epochs, params.batch_size

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.start = time.monotonic()
        self.bar = bar(self.images, f"epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.bar.update(min(self.batch_size, self.images - self.bar.n))
        if self.bar.n == self.images:
            self.seconds = time.monotonic() - self.start
            self.bar.close()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        row = {name: float(value) for name, value in (logs or {}).items()}
        rate = self.images / self.seconds
        say(
            f"epoch {epoch + 1}/{self.epochs}: loss {row['loss']:.3f}, validation loss {row['val_loss']:.3f}, "
            f"validation CER {row['val_cer']:.4f}, {rate:.0f} images/s"
        )
        self.run.log_epoch(epoch + 1, {**row, "images_per_second": rate})


def _write_history(path: Path, progress: Progress) -> None:
    with whole_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        for row in progress.history:
            writer.writerow({name: int(row[name]) if name == "epoch" else f"{row[name]:.6g}" for name in COLUMNS})


def _start_weights(path: str) -> Path:
    weights = project_path(path)
    if not weights.is_file():
        raise InkpipeError(f"train.weights: no such file. Received: {weights}. Name a .weights.h5, or null.")
    return weights


def _steps(params: Params, records: Path) -> int:
    return -(-count_images(records, "train") // params.batch_size)


def _key(params: Params, records: Path, vocabulary: Vocabulary) -> str:
    """Names the training: the same key means the same data, parameters and vocabulary, so the state may be resumed."""
    relevant: dict[str, Any] = params.model_dump(
        mode="json", include={"seed", "lr", "batch_size", "epochs", "preprocess", "augment", "model", "train"}
    )
    described = {"params": relevant, "records": read_json(records / INDEX, "preprocess"), "is": vocabulary.to_json()}
    if params.train.weights:
        described["weights"] = sha256_file(_start_weights(params.train.weights))
    return sha256_json(described)[:16]
