import keras
import numpy as np
import pytest

from inkpipe.model.positions import SinusoidalPositions, sinusoids


def test_positions_are_those_of_the_publication():
    made = sinusoids(3, 4)
    assert made[0].tolist() == [0.0, 1.0, 0.0, 1.0]
    assert made[2].tolist() == pytest.approx([np.sin(2), np.cos(2), np.sin(2 / 100), np.cos(2 / 100)])


def test_they_are_added_to_each_image_and_hold_no_weights():
    layer = SinusoidalPositions(name="positions")
    assert np.allclose(layer(np.ones((2, 3, 4), np.float32)), 1.0 + sinusoids(3, 4))
    assert layer.weights == []
    assert keras.layers.deserialize(keras.layers.serialize(layer)).name == "positions"
