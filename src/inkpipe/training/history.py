"""The history of a training: its metrics after each epoch, and the CSV file that holds them.

Only this module reads and writes history.csv. Nothing here needs TensorFlow.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from inkpipe.errors import InkpipeError
from inkpipe.files import whole_file, write_csv


@dataclass(frozen=True)
class Epoch:
    """The metrics of one epoch.

    Attributes:
        epoch: its number, from 1.
        loss: mean loss of the training images while they were trained on.
        val_loss: mean loss of the validation images after the epoch.
        val_cer: character error rate of the validation split, 0 upwards.
        val_cer_empty_penalty: the paper's rate, in which an empty prediction counts `EMPTY_PENALTY`.
        learning_rate: after the epoch's last step.
    """

    epoch: int
    loss: float
    val_loss: float
    val_cer: float
    val_cer_empty_penalty: float
    learning_rate: float

    def metrics(self) -> dict[str, float]:
        """All fields but the number, by name."""
        return {name: value for name, value in asdict(self).items() if name != "epoch"}

    @classmethod
    def from_logs(cls, epoch: int, logs: Mapping[str, float]) -> Epoch:
        """The epoch that Keras' logs describe.

        Args:
            epoch: its number, from 1.
            logs: at least the fields of this class but `epoch`.
        """
        return cls(epoch, **{name: float(logs[name]) for name in COLUMNS if name != "epoch"})


History = Sequence[Epoch]
COLUMNS = tuple(field.name for field in fields(Epoch))


def best_epoch(history: History) -> Epoch:
    """The epoch whose weights are the trained model: the lowest validation CER, then the lowest validation loss.

    At the start of a training the CER often stays at 1, so the loss decides there. Of equal epochs the first counts.

    Args:
        history: at least one epoch.
    """
    return min(history, key=lambda each: (each.val_cer, each.val_loss))


def write_history(path: Path, history: History) -> None:
    """Write a history as CSV, a row an epoch, six significant digits a metric; the same history, the same bytes."""
    rows = ([each.epoch, *(f"{value:.6g}" for value in each.metrics().values())] for each in history)
    with whole_file(path) as partial:
        write_csv(partial, COLUMNS, rows)


def read_history(path: Path) -> list[Epoch]:
    """Read a history that `write_history` wrote; it is empty if no epoch was trained.

    Raises:
        InkpipeError: the file is absent, lacks a column, or holds something else than numbers.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        return [Epoch(int(row["epoch"]), *(float(row[name]) for name in COLUMNS[1:])) for row in rows]
    except FileNotFoundError as error:
        raise InkpipeError(f"{path} does not exist. It is made by `dvc repro train`; run that first.") from error
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InkpipeError(
            f"{path} is not a training history: each row needs numbers in the columns {', '.join(COLUMNS)}. "
            f"Received: {error!r}. Remake it with `dvc repro -sf train`."
        ) from error
