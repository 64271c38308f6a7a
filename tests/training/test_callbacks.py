import keras
import pytest
from tqdm import tqdm

from inkpipe.errors import InkpipeError
from inkpipe.training import callbacks as module
from inkpipe.training.callbacks import Resume, ShowProgress, stateful_callbacks
from inkpipe.training.checkpoints import Progress
from inkpipe.training.history import Epoch


class FakeCheckpoints:
    """Notes which epochs are saved as the best."""

    def __init__(self):
        self.best = []

    def save(self, model, progress, is_best):
        self.best.append(is_best)


def logs(cer=0.5, loss=1.0, **others):
    return {
        "loss": 1.0,
        "val_loss": loss,
        "val_cer": cer,
        "val_cer_empty_penalty": cer,
        "learning_rate": 0.1,
        **others,
    }


def a_resume(progress=None, stateful=()):
    checkpoints = FakeCheckpoints()
    resume = Resume(checkpoints, progress or Progress(), list(stateful))
    resume.set_model(keras.Sequential())
    return resume, checkpoints


@pytest.mark.parametrize(
    ("epochs", "best"),
    [
        ([(0.5, 2.0), (0.4, 3.0), (0.6, 1.0)], [True, True, False]),
        ([(1.0, 9.0), (1.0, 8.0), (1.0, 8.5)], [True, True, False]),
        ([(0.3, 1.0), (0.3, 1.0)], [True, False]),
    ],
    ids=["lower CER", "same CER, lower loss", "the same twice"],
)
def test_the_weights_of_the_best_epoch_are_kept(epochs, best):
    progress = Progress()
    resume, checkpoints = a_resume(progress)
    for number, (cer, loss) in enumerate(epochs):
        resume.on_epoch_end(number, logs(cer, loss))
    assert checkpoints.best == best
    assert [(each.val_cer, each.val_loss) for each in progress.history] == epochs


@pytest.mark.parametrize("name", ["loss", "val_loss", "val_cer"])
def test_an_epoch_that_is_no_number_stops_the_training_and_is_not_saved(name):
    resume, checkpoints = a_resume()
    with pytest.raises(InkpipeError, match=r"diverged in epoch 3. Received: loss .* Lower `lr`"):
        resume.on_epoch_end(2, logs(**{name: float("nan")}) if name == "loss" else {**logs(), name: float("inf")})
    assert checkpoints.best == []


def test_stateful_callbacks_get_their_memory_back(make_params):
    params = make_params(train__schedule="plateau", train__early_stopping_patience=3).train
    (stopping, plateau) = stateful_callbacks(params)
    progress = Progress(callbacks={"EarlyStopping": {"wait": 2.0, "best": 0.25}})
    resume, _ = a_resume(progress, [stopping, plateau])
    stopping.on_train_begin()
    resume.on_train_begin()
    assert (stopping.wait, stopping.best) == (2.0, 0.25)


def test_without_stopping_and_plateau_nothing_is_stateful(make_params):
    assert stateful_callbacks(make_params().train) == []


@pytest.mark.parametrize("quiet", [False, True], ids=["a bar", "TQDM_DISABLE=1"])
def test_each_finished_epoch_is_passed_on_with_its_speed(quiet, monkeypatch, capsys):
    received = []
    monkeypatch.setattr(module, "bar", lambda total, title: tqdm(total=total, disable=quiet))
    show = ShowProgress(images=3, batch_size=2, epochs=5, on_epoch=lambda *each: received.append(each))
    show.on_epoch_begin(0)
    show.on_train_batch_end(0)
    show.on_train_batch_end(1)
    show.on_epoch_end(0, logs(cer=0.25))
    ((epoch, speed),) = received
    assert epoch == Epoch(1, 1.0, 1.0, 0.25, 0.25, 0.1)
    assert speed > 0
    assert "epoch 1/5: loss 1.000, validation loss 1.000, validation CER 0.2500" in capsys.readouterr().out


def test_the_plateau_counts_every_better_value(make_params):
    (plateau,) = stateful_callbacks(make_params(train__schedule="plateau", train__early_stopping_patience=0).train)
    model = keras.Sequential()
    model.compile("sgd")
    plateau.set_model(model)
    plateau.on_train_begin()
    for loss in (0.1, 0.09999, 0.09999):
        plateau.on_epoch_end(0, {"val_loss": loss})
    assert plateau.wait == 1
