"""The state of a training after each epoch, from which it resumes at its true epoch."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras

from inkpipe.errors import InkpipeError
from inkpipe.files import read_json, whole_directory, write_json

STATE = "state.json"
CURRENT = "current.weights.h5"
BEST = "best.weights.h5"
# What early stopping and the plateau schedule remember from epoch to epoch.
REMEMBERED = ("wait", "best", "stopped_epoch", "best_epoch", "cooldown_counter")


@dataclass
class Progress:
    """What a training has behind it.

    Attributes:
        history: a row of metrics for each finished epoch.
        run_id: the MLflow run that the training logs to.
        callbacks: what each stateful callback remembers, by class name.
    """

    history: list[dict[str, float]] = field(default_factory=list)
    run_id: str | None = None
    callbacks: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def epochs(self) -> int:
        """How many epochs are finished."""
        return len(self.history)

    @property
    def best_cer(self) -> float:
        """The lowest validation CER so far."""
        return min(row["val_cer"] for row in self.history)


class Checkpoints:
    """One training's checkpoint folder, replaced as a whole after each epoch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self) -> Progress:
        """What was saved last; nothing, if nothing was."""
        if not (self.folder / STATE).exists():
            return Progress()
        return Progress(**read_json(self.folder / STATE, "train"))

    def restore(self, model: keras.Model) -> None:
        """Give a compiled model the weights and optimiser state that were saved last."""
        model.optimizer.build(model.trainable_variables)  # else Keras would skip its state, with only a warning
        model.load_weights(self.folder / CURRENT)

    def save(self, model: keras.Model, progress: Progress, is_best: bool) -> None:
        """Save the weights, the optimiser's state and the progress; keep the best weights beside them."""
        with whole_directory(self.folder) as partial:
            model.save_weights(partial / CURRENT)
            if is_best:
                model.network.save_weights(partial / BEST)
            else:
                shutil.copyfile(self.folder / BEST, partial / BEST)
            write_json(partial / STATE, vars(progress))

    def remove(self) -> None:
        """Forget everything, once the training has ended."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Resume(keras.callbacks.Callback):
    """Saves the state after each epoch, and gives the other callbacks their memory back when a training resumes.

    It must stand after them: Keras resets their memory at the start of each fit. It also ties the dropout masks of an
    epoch to the seed and the epoch, so that a resumed training drops what an uninterrupted one would have dropped.
    """

    def __init__(
        self, checkpoints: Checkpoints, progress: Progress, seed: int, stateful: list[keras.callbacks.Callback]
    ) -> None:
        super().__init__()
        self.checkpoints, self.progress, self.seed, self.stateful = checkpoints, progress, seed, stateful

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Restore what the other callbacks remembered."""
        for callback in self.stateful:
            vars(callback).update(self.progress.callbacks.get(type(callback).__name__, {}))

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Tie the dropout masks to the seed and the epoch."""
        for index, layer in enumerate(self.model.network.layers):
            if isinstance(layer, keras.layers.Dropout):
                layer.seed_generator.state.assign([(self.seed + index) % 2**32, epoch << 20])

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Note the epoch's metrics and save the state.

        Raises:
            InkpipeError: the training diverged.
        """
        row = {name: float(value) for name, value in (logs or {}).items()}
        if not all(map(math.isfinite, row.values())):
            raise InkpipeError(
                f"The training diverged in epoch {epoch + 1}. Received: loss {row['loss']}, validation loss "
                f"{row['val_loss']}. Lower `lr`, or clip gradients with train.clip_norm."
            )
        is_best = all(_rank(row) < _rank(earlier) for earlier in self.progress.history)
        self.progress.history.append({"epoch": epoch + 1, **row})
        self.progress.callbacks = {type(callback).__name__: _memory(callback) for callback in self.stateful}
        self.checkpoints.save(self.model, self.progress, is_best)


def _rank(row: dict[str, float]) -> tuple[float, float]:
    """By validation CER; by validation loss on the plateau of CER 1 on which a training starts."""
    return row["val_cer"], row["val_loss"]


def _memory(callback: keras.callbacks.Callback) -> dict[str, Any]:
    held = {name: getattr(callback, name) for name in REMEMBERED if hasattr(callback, name)}
    return {name: None if value is None else float(value) for name, value in held.items()}
