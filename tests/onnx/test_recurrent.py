import numpy as np
import pytest

from inkpipe.backend import keras
from inkpipe.errors import InkpipeError
from inkpipe.model.lstm import LSTM
from inkpipe.onnx.convert import network_to_onnx

layers = keras.layers


@pytest.mark.parametrize("cell", [LSTM, layers.LSTM, layers.GRU])
def test_two_layers_in_both_directions_give_what_keras_gives(on_frames, cell):
    parts = [
        layers.Bidirectional(cell(units, return_sequences=True, name=f"cell_{units}"), name=f"both_{units}")
        for units in (3, 5)
    ]
    np.testing.assert_allclose(*on_frames(*parts), atol=1e-5)


@pytest.mark.parametrize(
    ("cell", "merge"),
    [
        (layers.GRU(3, return_sequences=True, reset_after=False), "concat"),
        (layers.LSTM(3, return_sequences=True, activation="relu"), "concat"),
        (layers.LSTM(3, return_sequences=True), "sum"),
        (layers.SimpleRNN(3, return_sequences=True), "concat"),
    ],
)
def test_a_cell_that_computes_something_else_is_refused(cell, merge):
    frames = layers.Input((8, 4), name="frames")
    network = keras.Model(frames, layers.Bidirectional(cell, merge_mode=merge, name="odd")(frames))
    with pytest.raises(InkpipeError, match="cannot be written as ONNX. Received: layer 'odd'"):
        network_to_onnx(network)
