"""The state of a training after each epoch, from which it resumes after its last finished epoch."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from inkpipe.backend import keras
from inkpipe.errors import InkpipeError
from inkpipe.files import whole_directory, write_json
from inkpipe.locks import FileLock
from inkpipe.progress import say
from inkpipe.training.history import Epoch
from inkpipe.training.model import TrainingModel

STATE = "state.json"
CURRENT = "current.weights.h5"
BEST = "best.weights.h5"


@dataclass
class Progress:
    """The finished part of a training.

    Attributes:
        history: the finished epochs.
        run_id: the MLflow run that the training logs to; None if it logs to none.
        callbacks: the memory of each stateful callback, by class name.
    """

    history: list[Epoch] = field(default_factory=list)
    run_id: str | None = None
    callbacks: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def stopped(self) -> bool:
        """Whether early stopping ended the training."""
        return any(memory.get("stopped_epoch") for memory in self.callbacks.values())


class Checkpoints:
    """The checkpoint folder of one training, replaced as a whole after each epoch.

    Args:
        folder: where the state is kept; it need not exist.
        lock: that keeps other processes from the folder, until `remove`; None where there are none.
    """

    def __init__(self, folder: Path, lock: FileLock | None = None) -> None:
        self.folder = folder
        self._lock = lock

    @classmethod
    def claim(cls, folder: Path) -> Checkpoints:
        """Take a folder for this process alone, until `remove` or the end of the process.

        Of the same training at the same time, as in two experiments of the same values, each has a folder of its own:
        they would write over each other's state.

        Args:
            folder: of the training. While another process has it, its name gets a number.

        Raises:
            InkpipeError: the folder above it cannot be written.
        """
        own, number = folder, 1
        while (lock := cls._lock_of(own)) is None:
            say(f"Another process runs the same training, with {own.name}. This one does not share its state.")
            number += 1
            own = folder.with_name(f"{folder.name}-{number}")
        return cls(own, lock)

    @staticmethod
    def _lock_of(folder: Path) -> FileLock | None:
        return FileLock.try_acquire(
            folder.with_name(f"{folder.name}.lock"),
            "The state of a training cannot be kept.",
            f"Make {folder.parent} writable.",
        )

    @property
    def best(self) -> Path:
        """The weights of the best epoch so far."""
        return self.folder / BEST

    def load(self) -> Progress:
        """The progress that was saved last; an empty one if none was.

        Raises:
            InkpipeError: the state is damaged.
        """
        if not (self.folder / STATE).exists():
            return Progress()
        try:
            state = json.loads((self.folder / STATE).read_text(encoding="utf-8"))
            return Progress([Epoch(**each) for each in state["history"]], state["run_id"], state["callbacks"])
        except (ValueError, KeyError, TypeError) as error:
            raise InkpipeError(
                f"The state of a training that was stopped is damaged. Received: {self.folder / STATE} with {error!r}. "
                "Delete this folder, and the training begins anew."
            ) from error

    def note_run(self, run_id: str) -> None:
        """Keep the MLflow run from the start on, so that a training that is killed in its first epoch goes on in it."""
        progress = self.load()
        progress.run_id = run_id
        write_json(self.folder / STATE, asdict(progress))

    def restore(self, model: keras.Model) -> None:
        """Give a compiled model the weights and the optimizer state that were saved last."""
        model.optimizer.build(model.trainable_variables)  # else Keras would skip its state, with only a warning
        model.load_weights(self.folder / CURRENT)

    def save(self, model: TrainingModel, progress: Progress, is_best: bool) -> None:
        """Save the state after an epoch.

        Args:
            model: its weights and its optimizer's state are saved.
            progress: up to and with this epoch.
            is_best: whether this epoch's weights replace the best ones.
        """
        with whole_directory(self.folder) as partial:
            model.save_weights(partial / CURRENT)
            if is_best:
                model.evaluated.save_weights(partial / BEST)
            else:
                shutil.copyfile(self.best, partial / BEST)
            write_json(partial / STATE, asdict(progress))

    def remove(self) -> None:
        """Delete the folder, once the training has ended, and free it for other processes."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock:
            self._lock.release()
