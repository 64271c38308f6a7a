"""Bidirectional LSTM and GRU layers as ONNX's own operators.

Both libraries keep the weights of a cell's gates side by side, in another order, and ONNX transposed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkpipe.backend import keras
from inkpipe.errors import InkpipeError
from inkpipe.onnx.graph import Graph, Value

# Which of Keras' gates stands at each place in ONNX: input, output, forget, cell from Keras' input, forget, cell,
# output; update, reset, hidden in both.
GATES = {"LSTM": (0, 3, 1, 2), "GRU": (0, 1, 2)}


def bidirectional(graph: Graph, layer: keras.layers.Bidirectional, inputs: Sequence[Value]) -> Value:
    """A recurrent layer that goes over the frames in both directions, and joins what it gives for each frame."""
    cells, kind = (layer.forward_layer, layer.backward_layer), type(layer.forward_layer).__name__
    if kind not in GATES or layer.merge_mode != "concat" or not _as_usual(layer.forward_layer):
        raise InkpipeError(
            f"The network cannot be written as ONNX. Received: layer {layer.name!r} of {kind}, merge mode "
            f"{layer.merge_mode}. Use LSTM or GRU with the usual activations."
        )
    name, units = layer.name, layer.forward_layer.units
    weights = [_weights(cell.cell, GATES[kind]) for cell in cells]
    constants = [
        graph.constant(f"{name}_{part}", np.stack(arrays))
        for part, arrays in zip(("input", "recurrent", "bias"), zip(*weights, strict=True), strict=True)
    ]
    time_first = graph.add("Transpose", f"{name}_time_first", [graph.channels_last(inputs[0])], perm=[1, 0, 2])
    attributes: dict[str, Any] = {"direction": "bidirectional", "hidden_size": units}
    if kind == "GRU":
        attributes["linear_before_reset"] = 1
    both = graph.add(kind, f"{name}_{kind.lower()}", [time_first, *constants], **attributes)
    batch_first = graph.add(
        "Transpose", f"{name}_batch_first", [both], perm=[2, 0, 1, 3]
    )  # of (time, way, batch, unit)
    shape = graph.constant(f"{name}_shape", [0, 0, 2 * units])
    return Value(graph.add("Reshape", f"{name}_joined", [batch_first, shape]))


def _as_usual(layer: keras.layers.Layer) -> bool:
    """Whether the layer computes what ONNX's operator does."""
    names = (layer.activation.__name__, layer.recurrent_activation.__name__)
    return names == ("tanh", "sigmoid") and layer.use_bias and getattr(layer, "reset_after", True)


def _weights(
    cell: keras.layers.Layer, gates: Sequence[int]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """The weights of one direction: (gates * units, inputs), (gates * units, units), (2 * gates * units,)."""

    def ordered(array: NDArray[np.float32]) -> NDArray[np.float32]:
        parts = np.split(array, len(gates), axis=-1)
        return np.concatenate([parts[gate] for gate in gates], axis=-1)

    bias = np.asarray(cell.bias)
    if bias.ndim == 1:  # an LSTM has one bias for both products
        bias = np.stack([bias, np.zeros_like(bias)])
    return ordered(np.asarray(cell.kernel)).T, ordered(np.asarray(cell.recurrent_kernel)).T, ordered(bias).ravel()
