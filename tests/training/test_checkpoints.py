import keras
import numpy as np
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.training.checkpoints import Checkpoints, Progress
from inkpipe.training.history import Epoch


@pytest.fixture
def model():
    """What a checkpoint needs of a model: weights, an optimizer, and a network inside."""
    keras.utils.set_random_seed(1)
    inputs = keras.layers.Input((2,), name="input")
    network = keras.Model(inputs, keras.layers.Dense(1, name="dense")(inputs), name="network")

    class Model(keras.Model):
        def __init__(self):
            super().__init__(name="model")
            self.network = self.evaluated = network
            self.build((None, 2))

        def call(self, inputs):
            return self.network(inputs)

    model = Model()
    model.compile(optimizer="adam", loss="mse")
    return model


EPOCHS = [Epoch(1, 3.0, 2.0, 1.0, 50.0, 0.1), Epoch(2, 2.0, 1.0, 0.5, 0.5, 0.1)]


def test_nothing_saved_is_an_empty_progress(tmp_path):
    assert Checkpoints(tmp_path / "state").load() == Progress()


def test_progress_comes_back_as_it_was_saved(tmp_path, model):
    checkpoints = Checkpoints(tmp_path / "state")
    progress = Progress(list(EPOCHS), "run7", {"EarlyStopping": {"wait": 1.0, "best": None}})
    checkpoints.save(model, progress, is_best=True)
    assert checkpoints.load() == progress


@pytest.mark.parametrize("content", ["", "{", "{}", '{"history": [{"epoch": 1}], "run_id": null, "callbacks": {}}'])
def test_a_damaged_state_names_the_folder_to_delete(tmp_path, content):
    (tmp_path / "state.json").write_text(content)
    with pytest.raises(InkpipeError, match=r"damaged. Received: .*state.json with .* Delete this folder"):
        Checkpoints(tmp_path).load()


def test_the_run_is_kept_before_the_first_epoch_and_leaves_the_rest_as_it_is(tmp_path, model):
    checkpoints = Checkpoints(tmp_path / "state")
    checkpoints.note_run("run1")
    assert checkpoints.load() == Progress(run_id="run1")
    checkpoints.save(model, Progress(list(EPOCHS), "run1"), is_best=True)
    best = checkpoints.best.read_bytes()
    checkpoints.note_run("run2")
    assert checkpoints.load() == Progress(EPOCHS, "run2")
    assert checkpoints.best.read_bytes() == best


def test_the_best_weights_stay_while_the_current_ones_change(tmp_path, model):
    checkpoints = Checkpoints(tmp_path / "state")
    checkpoints.save(model, Progress(EPOCHS[:1]), is_best=True)
    best = checkpoints.best.read_bytes()
    model.network.set_weights([weight + 1 for weight in model.network.get_weights()])
    checkpoints.save(model, Progress(EPOCHS), is_best=False)
    assert checkpoints.best.read_bytes() == best
    assert len(checkpoints.load().history) == 2


def test_weights_and_optimizer_state_are_restored(tmp_path, model):
    checkpoints = Checkpoints(tmp_path / "state")
    model.fit(np.ones((4, 2)), np.zeros((4, 1)), verbose=0)
    weights, steps = model.get_weights(), int(model.optimizer.iterations)
    checkpoints.save(model, Progress(EPOCHS[:1]), is_best=True)
    model.fit(np.ones((4, 2)), np.zeros((4, 1)), verbose=0)
    checkpoints.restore(model)
    assert all(map(np.array_equal, model.get_weights(), weights))
    assert int(model.optimizer.iterations) == steps == 1


def test_removed_checkpoints_are_gone(tmp_path, model):
    checkpoints = Checkpoints(tmp_path / "state")
    checkpoints.save(model, Progress(EPOCHS[:1]), is_best=True)
    checkpoints.remove()
    checkpoints.remove()
    assert checkpoints.load() == Progress()


def test_of_the_same_training_at_once_each_process_has_a_folder_of_its_own(tmp_path, capsys):
    first = Checkpoints.claim(tmp_path / "below" / "key")
    second = Checkpoints.claim(tmp_path / "below" / "key")
    assert [first.folder.name, second.folder.name] == ["key", "key-2"]
    assert "Another process runs the same training" in capsys.readouterr().out
    first.folder.mkdir()
    first.remove()
    third = Checkpoints.claim(tmp_path / "below" / "key")
    assert third.folder.name == "key"
    second.remove()
    third.remove()
    assert list((tmp_path / "below").glob("*")) == []


def test_a_folder_that_cannot_be_written_is_one_message(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InkpipeError, match="The state of a training cannot be kept"):
        Checkpoints.claim(tmp_path / "file" / "key")
