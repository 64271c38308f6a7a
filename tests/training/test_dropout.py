import keras
import numpy as np

from inkpipe.training.dropout import seed_dropout


def test_masks_follow_from_seed_and_epoch_alone():
    inputs = keras.layers.Input((100,), name="input")
    kept = keras.layers.Dropout(0.0, name="none")(keras.layers.Dropout(0.5, name="half")(inputs))
    network = keras.Model(inputs, kept, name="network")

    def mask(seed, epoch):
        seed_dropout(network, seed, epoch)
        return np.array(network(np.ones((1, 100), np.float32), training=True))

    assert np.array_equal(mask(1, 2), mask(1, 2))
    assert not np.array_equal(mask(1, 2), mask(1, 3))
    assert not np.array_equal(mask(1, 2), mask(2, 2))
