import keras
import numpy as np
import pytest

from inkpipe.model.body import BODY
from inkpipe.optimization.optimizers import OPTIMIZERS, build_optimizer
from inkpipe.optimization.slowed import slowed


def variables():
    """A weight of the body and one of the head, both 1."""
    images = keras.Input((1,))
    frames = keras.layers.Dense(1, name="dense_1")(images)
    network = keras.Model(images, keras.layers.Dense(1, name="logits")(frames))
    for weight in network.weights:
        weight.assign(np.ones(weight.shape))
    return network.trainable_variables


def stepped(optimizer, steps=3):
    weights = variables()
    for step in range(steps):
        optimizer.apply_gradients([(keras.ops.full(weight.shape, 0.5 + step), weight) for weight in weights])
    return [float(np.ravel(weight.numpy())[0]) for weight in weights]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_slowed_layer_moves_as_with_a_lower_rate_and_the_others_as_before(name):
    def optimizer(lr):
        return build_optimizer(name, lr, weight_decay=0.0, clip_norm=0.0)

    body, _, head, _ = stepped(slowed(optimizer(0.01), BODY, 0.1))
    assert head == stepped(optimizer(0.01))[2]
    assert body == pytest.approx(stepped(optimizer(0.001))[0], abs=2e-7)


def test_weight_decay_is_slowed_too():
    decay = slowed(build_optimizer("adamw", 0.01, weight_decay=0.5, clip_norm=0.0), BODY, 0.1)
    same = build_optimizer("adamw", 0.001, weight_decay=0.5, clip_norm=0.0)
    assert stepped(decay)[0] == pytest.approx(stepped(same)[0], rel=1e-5)


def test_a_factor_of_1_leaves_the_optimizer_alone():
    optimizer = keras.optimizers.Adam()
    assert slowed(optimizer, BODY, 1.0) is optimizer


def test_it_is_serialized_with_its_schedule_and_keeps_the_state_of_the_optimizer():
    schedule = keras.optimizers.schedules.CosineDecay(0.01, 10)
    optimizer = slowed(keras.optimizers.AdamW(schedule, weight_decay=0.01), BODY, 0.25)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(optimizer))
    assert (again.slowed_layers, again.slowing) == (BODY, 0.25)
    assert stepped(again) == stepped(optimizer)
    names = [variable.name for variable in optimizer.variables]
    plain = keras.optimizers.AdamW(schedule)
    stepped(plain)
    assert names == [variable.name for variable in plain.variables]
