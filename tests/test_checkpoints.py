from __future__ import annotations

import keras
import pytest

from inkpipe.checkpoints import Progress, Resume


class Saves:
    """Notes which epochs are saved as the best."""

    def __init__(self):
        self.best = []

    def save(self, model, progress, is_best):
        self.best.append(is_best)


@pytest.mark.parametrize(
    ("epochs", "best"),
    [
        ([(0.5, 2.0), (0.4, 3.0), (0.6, 1.0)], [True, True, False]),
        ([(1.0, 9.0), (1.0, 8.0), (1.0, 8.5)], [True, True, False]),
        ([(0.3, 1.0), (0.3, 1.0)], [True, False]),
    ],
    ids=["lower CER", "same CER, lower loss", "the same twice"],
)
def test_the_best_epoch_has_the_lowest_cer_and_of_these_the_lowest_loss(epochs, best):
    saves, progress = Saves(), Progress()
    resume = Resume(saves, progress, seed=1, stateful=[])
    resume.set_model(keras.Sequential())
    for number, (cer, loss) in enumerate(epochs):
        resume.on_epoch_end(number, {"val_cer": cer, "val_loss": loss, "loss": 1.0})
    assert saves.best == best
    assert progress.best_cer == min(cer for cer, _ in epochs)
