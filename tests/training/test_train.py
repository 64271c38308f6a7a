import numpy as np
import pytest

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.training.callbacks import Resume
from inkpipe.training.checkpoints import Checkpoints
from inkpipe.training.train import TrainingSettings, training_key

VOCABULARY = Vocabulary(tuple("ABDEFGIJLNORSTU"))


def weights(result):
    return [array.tobytes() for array in result.model.network.get_weights()]


def test_two_trainings_have_the_same_bytes_and_each_epoch_is_reported(small, run):
    reported = []
    first = run(small(epochs=2), on_epoch=lambda epoch, _: reported.append(epoch))
    second = run(small(epochs=2))
    assert weights(first) == weights(second)
    assert first.history == second.history == reported
    assert [epoch.epoch for epoch in reported] == [1, 2]


def test_a_stopped_training_resumes_at_its_true_epoch_and_ends_as_if_it_had_not_been_stopped(small, run, tmp_path):
    whole = run(small())

    def stop_after_the_second(epoch, _):
        if epoch.epoch == 2:
            raise KeyboardInterrupt

    checkpoints = Checkpoints(tmp_path / "state")
    with pytest.raises(KeyboardInterrupt):
        run(small(), checkpoints=checkpoints, run_id="run1", on_epoch=stop_after_the_second)
    assert checkpoints.load().run_id == "run1"
    reported = []
    resumed = run(small(), checkpoints=checkpoints, on_epoch=lambda epoch, _: reported.append(epoch.epoch))
    assert reported[0] == 3
    assert resumed.history == whole.history
    assert weights(resumed) == weights(whole)
    assert checkpoints.load().run_id == "run1"


def test_a_finished_training_that_was_not_removed_is_taken_as_it_is(small, run, tmp_path):
    checkpoints = Checkpoints(tmp_path / "state")
    first = run(small(epochs=1), checkpoints=checkpoints)
    reported = []
    again = run(small(epochs=1), checkpoints=checkpoints, on_epoch=lambda epoch, _: reported.append(epoch))
    assert reported == []
    assert again.history == first.history
    assert weights(again) == weights(first)


def test_other_settings_data_or_vocabulary_have_another_key(small):
    class FakeRecords:
        def __init__(self, digest):
            self.digest = lambda: digest

    def key(digest="one", vocabulary=VOCABULARY, **values):
        return training_key(FakeRecords(digest), vocabulary, TrainingSettings.from_params(small(**values)))

    assert key() == key()
    other_vocabulary = Vocabulary(tuple("ABC"))
    others = [key("two"), key(vocabulary=other_vocabulary), key(lr=0.01), key(seed=1), key(augment__enabled=False)]
    assert len({key(), *others}) == 1 + len(others)


def test_the_number_of_workers_does_not_change_the_key(small):
    settings = [TrainingSettings.from_params(small(runtime__workers=name)) for name in ("local", "dask://host:1")]
    assert settings[0] == settings[1]


def test_the_weights_kept_are_those_of_the_best_epoch(small, run, monkeypatch):
    saved = []
    original = Resume.on_epoch_end

    def spied(self, epoch, logs=None):
        original(self, epoch, logs)
        saved.append([array.tobytes() for array in self.model.network.get_weights()])

    monkeypatch.setattr(Resume, "on_epoch_end", spied)
    result = run(small(epochs=3))
    best = min(range(3), key=lambda i: (result.history[i].val_cer, result.history[i].val_loss))
    assert weights(result) == saved[best]


def test_given_weights_alone_are_used_as_they_are(small, run, tmp_path):
    first = run(small(epochs=1))
    path = tmp_path / "first.weights.h5"
    first.model.network.save_weights(path)
    again = run(small(epochs=0, train__weights=str(path)))
    assert weights(again) == weights(first)
    assert list(again.history) == []


def test_training_can_start_from_given_weights(small, run, tmp_path):
    first = run(small(epochs=1))
    path = tmp_path / "first.weights.h5"
    first.model.network.save_weights(path)
    second = run(small(epochs=1, train__weights=str(path)))
    assert second.history[0].loss < first.history[0].loss


def test_a_diverged_training_says_so(small, run):
    with pytest.raises(InkpipeError, match=r"diverged in epoch 1. Received: loss .* Lower `lr`"):
        run(small(epochs=2, lr=1e30, train__optimizer="sgd", train__clip_norm=0.0))


def test_absent_start_weights_are_named(small, run):
    with pytest.raises(InkpipeError, match=r"train.weights: no such file. Received: .*none.weights.h5"):
        run(small(train__weights="none.weights.h5"))


def test_the_plateau_schedule_lowers_the_rate(small, run):
    result = run(small(lr=0.5, train__early_stopping_patience=0, train__plateau_factor=0.1))
    assert result.history[0].learning_rate == pytest.approx(0.5)
    assert result.history[-1].learning_rate < 0.5


def test_a_training_prints_no_warning(small, run, recwarn):
    run(small(epochs=1))
    assert [str(warning.message) for warning in recwarn if "ran out of data" in str(warning.message)] == []


@pytest.mark.parametrize("preset", ["paper", "bilstm"])
def test_the_other_presets_train(make_params, run, preset):
    params = make_params(
        model__preset=preset, epochs=1, batch_size=20, model__bilstm__recurrent_units=8, train__threads=1
    )
    result = run(params)
    shape = (1, params.preprocess.height, params.preprocess.width)
    if preset == "bilstm":
        shape = (1, *result.model.network.input_shape[1:3])
    assert len(result.model.recognize(np.full(shape, 255, np.uint8))) == 1
    assert result.model.network.name == preset
