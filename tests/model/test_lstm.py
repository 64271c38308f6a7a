from functools import partial

import keras
import numpy as np
import pytest

from inkpipe.backend import tf
from inkpipe.model.lstm import LSTM, STEPS

TOLERANCE = 2e-6  # of the largest value
BATCH = 3


def frames_of(count, values, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(size=(BATCH, count, values)).astype(np.float32))


def pair(units, values, wrap=lambda layer: layer, **options):
    """Keras' layer and this project's, with the same weights."""
    layers = [wrap(cell(units, **options)) for cell in (keras.layers.LSTM, LSTM)]
    for layer in layers:
        layer.build((None, None, values))
    random = np.random.default_rng(1)
    weights = [random.normal(size=weight.shape) for weight in layers[0].weights]
    for layer in layers:
        layer.set_weights(weights)
    return layers


def results(layer, frames, state=None):
    """All outputs, and the gradients of frames, initial state and weights, computed in a graph."""

    @tf.function
    def compute():
        with tf.GradientTape() as tape:
            tape.watch([frames, *(state or [])])
            outputs = tf.nest.flatten(layer(frames, initial_state=state))
            loss = tf.add_n([tf.reduce_sum(tf.sin(3.0 * each)) for each in outputs])
        return outputs, tape.gradient(loss, [frames, *(state or []), *(weight.value for weight in layer.weights)])

    return [each.numpy() for each in tf.nest.flatten(compute())]


def assert_same(layers, frames, state=None):
    expected, received = (results(layer, frames, state) for layer in layers)
    assert len(received) == len(expected)
    for first, second in zip(received, expected, strict=True):
        np.testing.assert_allclose(first, second, rtol=0, atol=TOLERANCE * max(1.0, np.abs(second).max()))


@pytest.mark.parametrize("count", [1, 2, STEPS, STEPS + 1, 2 * STEPS])
@pytest.mark.parametrize("backwards", [False, True])
def test_outputs_and_gradients_are_those_of_keras(count, backwards):
    assert_same(pair(5, 4, return_sequences=True, go_backwards=backwards), frames_of(count, 4))


@pytest.mark.parametrize(("units", "values"), [(1, 1), (3, 7), (16, 2)])
def test_both_directions_are_those_of_keras(units, values):
    assert_same(pair(units, values, keras.layers.Bidirectional, return_sequences=True), frames_of(8, values))


@pytest.mark.parametrize("sequences", [False, True])
def test_initial_and_last_states_have_the_gradients_of_keras(sequences):
    state = [tf.constant(np.full((BATCH, 5), value, np.float32)) for value in (0.3, -0.7)]
    assert_same(pair(5, 4, return_sequences=sequences, return_state=True), frames_of(6, 4), state)


def test_the_number_of_frames_and_images_may_be_unknown():
    layers = pair(5, 4, keras.layers.Bidirectional, return_sequences=True)
    frames = frames_of(7, 4)
    given = [tf.TensorSpec((None, None, 4))]
    outputs = [tf.function(layer, input_signature=given)(frames).numpy() for layer in layers]
    np.testing.assert_allclose(outputs[1], outputs[0], atol=TOLERANCE)


@pytest.mark.parametrize(
    "options",
    [
        {"activation": "relu"},
        {"recurrent_activation": "hard_sigmoid"},
        {"use_bias": False},
        {"unroll": True},
        {"dtype": "mixed_bfloat16"},
        {"zero_output_for_mask": True},
    ],
)
def test_what_is_left_to_keras_is_the_same_to_the_bit(options):
    first, second = pair(5, 4, return_sequences=True, **options)
    mask = np.array([[True] * 5, [True] * 3 + [False] * 2, [False] * 2 + [True] * 3])
    np.testing.assert_array_equal(first(frames_of(5, 4), mask=mask), second(frames_of(5, 4), mask=mask))
    if "zero_output_for_mask" not in options:
        np.testing.assert_array_equal(first(frames_of(5, 4)), second(frames_of(5, 4)))


@pytest.mark.parametrize("dropout", ["dropout", "recurrent_dropout"])
def test_dropout_is_that_of_keras(dropout):
    first, second = pair(5, 4, return_sequences=True, seed=3, **{dropout: 0.5})
    dropped = [layer(frames_of(5, 4), training=True).numpy() for layer in (first, second)]
    np.testing.assert_array_equal(*dropped)
    assert not np.allclose(dropped[0], first(frames_of(5, 4)))


def test_it_is_configured_and_named_as_keras_layer():
    first, second = pair(5, 4, partial(keras.layers.Bidirectional, name="both"), return_sequences=True, name="one_way")
    assert [weight.path for weight in second.weights] == [weight.path for weight in first.weights]
    again = keras.layers.deserialize(keras.layers.serialize(second))
    assert type(again.backward_layer) is LSTM
    assert again.get_config() == second.get_config()


def test_the_same_training_step_gives_the_same_bits():
    layer = pair(5, 4, keras.layers.Bidirectional, return_sequences=True)[1]
    frames = frames_of(32, 4)
    first, second = results(layer, frames), results(layer, frames)
    assert [each.tobytes() for each in first] == [each.tobytes() for each in second]
