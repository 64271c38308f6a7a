"""Keras callbacks of a training: stopping and plateaus, resuming, and progress."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inkpipe.backend import keras
from inkpipe.errors import InkpipeError
from inkpipe.params.train import TrainParams
from inkpipe.progress import bar, say
from inkpipe.training.checkpoints import Checkpoints, Progress
from inkpipe.training.dropout import seed_dropout
from inkpipe.training.history import Epoch, best_epoch

# The attributes by which early stopping and the plateau schedule remember earlier epochs.
MEMORY = ("wait", "best", "stopped_epoch", "best_epoch", "cooldown_counter")


class DivergedError(InkpipeError):
    """A training whose loss is not a number any more."""


OnEpoch = Callable[[Epoch, float], None]  # the finished epoch, and the images trained on in a second


def stateful_callbacks(params: TrainParams) -> list[keras.callbacks.Callback]:
    """The callbacks that remember earlier epochs: early stopping, and the plateau schedule.

    Args:
        params: the `train` section.
    """
    callbacks: list[keras.callbacks.Callback] = []
    if params.early_stopping_patience:
        monitor, patience = params.early_stopping_monitor, params.early_stopping_patience
        callbacks.append(keras.callbacks.EarlyStopping(monitor, patience=patience, mode="min"))
    if params.schedule == "plateau":
        factor, patience = params.plateau_factor, params.plateau_patience
        plateau = keras.callbacks.ReduceLROnPlateau(
            "val_loss", factor=factor, patience=patience, mode="min", min_delta=0.0
        )
        callbacks.append(plateau)
    return callbacks


class LogLearningRate(keras.callbacks.Callback):
    """Adds the learning rate after an epoch's last step to its logs. It must precede callbacks that change the rate."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Add `learning_rate`."""
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class SeedDropout(keras.callbacks.Callback):
    """Derives an epoch's dropout masks from the seed and the epoch: a resumed training drops the same units.

    Args:
        seed: of the training.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Derive the masks."""
        seed_dropout(self.model.network, self.seed, epoch)


class Resume(keras.callbacks.Callback):
    """Saves the state after each epoch, and gives the stateful callbacks their memory back when a training resumes.

    It must follow them: Keras resets their memory at the start of each fit.

    Args:
        checkpoints: where the state is kept.
        progress: of the training so far; this callback extends it.
        stateful: the callbacks whose memory is kept.
    """

    def __init__(
        self, checkpoints: Checkpoints, progress: Progress, stateful: Sequence[keras.callbacks.Callback]
    ) -> None:
        super().__init__()
        self.checkpoints, self.progress, self.stateful = checkpoints, progress, stateful

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Restore the memory of the stateful callbacks."""
        for callback in self.stateful:
            vars(callback).update(self.progress.callbacks.get(type(callback).__name__, {}))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Record the epoch and save the state.

        Raises:
            DivergedError: a metric is not a finite number.
        """
        finished = Epoch.from_logs(epoch + 1, logs or {})
        if not all(map(math.isfinite, finished.metrics().values())):
            raise DivergedError(
                f"The training diverged in epoch {finished.epoch}. Received: loss {finished.loss}, validation loss "
                f"{finished.val_loss}. Lower `lr`, or clip gradients with train.clip_norm."
            )
        self.progress.history.append(finished)
        self.progress.callbacks = {type(callback).__name__: _memory(callback) for callback in self.stateful}
        self.checkpoints.save(self.model, self.progress, is_best=best_epoch(self.progress.history) is finished)


class ShowProgress(keras.callbacks.Callback):
    """Shows a bar for each epoch and a line after it, and passes each finished epoch on.

    Args:
        images: of an epoch.
        batch_size: images a step.
        epochs: of the whole training.
        on_epoch: called after each epoch; None if nobody listens.
    """

    def __init__(self, images: int, batch_size: int, epochs: int, on_epoch: OnEpoch | None) -> None:
        super().__init__()
        self.images, self.batch_size, self.epochs, self.on_epoch = images, batch_size, epochs, on_epoch

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Open the bar."""
        self.start, self.left = time.monotonic(), self.images
        self.bar = bar(self.images, f"epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Move the bar; the time of an epoch ends with its last batch, before validation."""
        done = min(self.batch_size, self.left)
        self.left -= done
        self.bar.update(done)  # which counts nothing where TQDM_DISABLE is set
        if not self.left:
            self.seconds = time.monotonic() - self.start
            self.bar.close()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Print the epoch's metrics and pass them on."""
        finished, rate = Epoch.from_logs(epoch + 1, logs or {}), self.images / self.seconds
        say(
            f"epoch {finished.epoch}/{self.epochs}: loss {finished.loss:.3f}, validation loss "
            f"{finished.val_loss:.3f}, validation CER {finished.val_cer:.4f}, {rate:.0f} images/s"
        )
        if self.on_epoch:
            self.on_epoch(finished, rate)


def _memory(callback: keras.callbacks.Callback) -> dict[str, Any]:
    values = {name: getattr(callback, name) for name in MEMORY if hasattr(callback, name)}
    return {name: None if value is None else float(value) for name, value in values.items()}
