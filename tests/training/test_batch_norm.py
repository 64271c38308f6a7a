import keras
import numpy as np
import tensorflow as tf

from inkpipe.training.averaging import untrained_copy
from inkpipe.training.batch_norm import BatchNormStatistics


def a_normed_network():
    keras.utils.set_random_seed(1)
    inputs = keras.layers.Input((4,), name="input")
    x = keras.layers.Dense(3, name="first")(inputs)
    x = keras.layers.BatchNormalization(momentum=0.9, name="first_norm")(x)
    x = keras.layers.Dense(2, name="second")(keras.layers.Dropout(0.0, name="dropout")(x))
    return keras.Model(inputs, keras.layers.BatchNormalization(momentum=0.9, name="second_norm")(x), name="network")


def test_statistics_of_a_frozen_copy_are_those_of_its_own_activations():
    network = untrained_copy(a_normed_network())
    assert network.trainable_variables == []
    images = np.random.default_rng(1).normal(3.0, 2.0, (64, 4)).astype(np.float32)
    before = [network.get_layer(name).get_weights()[0].copy() for name in ("first", "second")]
    batches = tf.data.Dataset.from_tensor_slices((images, images[:, 0])).batch(64)
    BatchNormStatistics(network).refresh(batches, seed=1, epoch=0)
    made = network(images, training=False).numpy()
    # epsilon (0.001) in the divisor keeps the deviation just below 1
    assert np.allclose(made.mean(0), 0.0, atol=1e-5)
    assert np.allclose(made.std(0), 1.0, atol=1e-2)
    first = network.get_layer("first")(images).numpy()
    statistics = network.get_layer("first_norm")
    assert np.allclose(statistics.moving_mean, first.mean(0), atol=1e-5)
    assert np.allclose(statistics.moving_variance, first.var(0), rtol=1e-4)
    assert network.trainable_variables == []
    after = [network.get_layer(name).get_weights()[0] for name in ("first", "second")]
    assert all(map(np.array_equal, before, after))


def test_the_variance_is_that_of_all_batches_together():
    network = a_normed_network()
    images = np.concatenate([np.full((8, 4), value, np.float32) for value in (0.0, 10.0)])
    batches = tf.data.Dataset.from_tensor_slices((images, images[:, 0])).batch(8)
    BatchNormStatistics(network).refresh(batches, seed=1, epoch=0)
    first = network.get_layer("first")(images).numpy()
    assert np.allclose(network.get_layer("first_norm").moving_variance, first.var(0), rtol=1e-4)
