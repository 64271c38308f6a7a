import keras
import numpy as np
import pytest

from inkpipe.backend import tf
from inkpipe.model.positions import MeanAtEach, SinusoidalPositions


def test_positions_are_those_of_the_publication():
    made = np.asarray(SinusoidalPositions()(np.zeros((1, 3, 4), np.float32)))[0]
    assert made[0].tolist() == pytest.approx([0.0, 1.0, 0.0, 1.0])
    assert made[2].tolist() == pytest.approx([np.sin(2), np.cos(2), np.sin(2 / 100), np.cos(2 / 100)])


def test_they_are_added_to_each_image_and_hold_no_weights():
    layer = SinusoidalPositions(name="positions")
    zeros, ones = np.zeros((2, 3, 4), np.float32), np.ones((2, 3, 4), np.float32)
    assert np.allclose(layer(ones), 1.0 + np.asarray(layer(zeros)))
    assert layer.weights == []
    assert keras.layers.deserialize(keras.layers.serialize(layer)).name == "positions"


def test_the_mean_of_all_frames_stands_at_each():
    frames = np.array([[[1.0, 2.0], [3.0, 6.0]]], np.float32)
    assert np.asarray(MeanAtEach()(frames)).tolist() == [[[2.0, 4.0], [2.0, 4.0]]]


@pytest.mark.parametrize("kind", [SinusoidalPositions, MeanAtEach])
def test_any_number_of_frames_is_taken(kind):
    frames = keras.layers.Input((None, 4))
    network = keras.Model(frames, kind()(frames))
    assert network.output_shape == (None, None, 4)
    for count in (1, 5):
        assert network(tf.zeros((2, count, 4))).shape == (2, count, 4)
