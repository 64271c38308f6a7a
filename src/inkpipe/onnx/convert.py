"""A Keras network as an ONNX file, layer by layer.

The file is a function of architecture and weights alone: byte-stable, opset 17, any number of images, any width if the
network takes any. The general converters have known trouble with the recurrent layers of Keras 3; these few layers
are quick to write by hand, and `inkpipe.onnx.export` compares every result with Keras.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inkpipe.backend import keras
from inkpipe.onnx.graph import Graph, Value
from inkpipe.onnx.graph_names import IMAGE, LOGITS
from inkpipe.onnx.layers import CONVERTERS, FOLDING_CONVERTERS, UnsupportedLayerError


def network_to_onnx(network: keras.Model) -> bytes:
    """Write a network as ONNX.

    Args:
        network: a functional model, float32 (batch, height, width, 1) -> logits (batch, frames, classes).

    Returns:
        The file: uint8 `image` (batch, height, width), 0 ink to 255 background -> float32 `logits`. The images are
        turned into the network's input in the graph, as `inkpipe.model.ocr.as_input` does.

    Raises:
        UnsupportedLayerError: a layer has no converter.
    """
    graph = Graph()
    values = {id(network.inputs[0]): _input(graph)}
    norms = _foldable_norms(network)
    for layer in network.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        inputs = [values[id(tensor)] for tensor in _inputs(layer)]
        values[id(layer.output)] = _converted(graph, layer, inputs, norms)
    graph.add("Identity", LOGITS, [values[id(network.outputs[0])].name])
    _, height, width, _ = network.input_shape
    return graph.to_bytes(height, width, network.output_shape[-1])


def _input(graph: Graph) -> Value:
    """Pixels as the network takes them: background 0, full ink 1."""
    pixels = graph.add("Cast", "pixels", [IMAGE], to=1)  # float32
    lightness = graph.add("Div", "lightness", [pixels, graph.constant("white", np.array(255.0))])
    ink = graph.add("Sub", "ink", [graph.constant("one", np.array(1.0)), lightness])
    return Value(graph.add("Unsqueeze", "ink_channel", [ink, graph.constant("channel", [1])]), channels_first=True)


def _converted(
    graph: Graph, layer: keras.layers.Layer, inputs: Sequence[Value], norms: dict[str, keras.layers.Layer]
) -> Value:
    kind = type(layer).__name__
    if layer in norms.values():
        return inputs[0]  # folded into the layer before it
    if kind in FOLDING_CONVERTERS:
        return FOLDING_CONVERTERS[kind](graph, layer, inputs, norms.get(layer.name))
    if kind in CONVERTERS:
        return CONVERTERS[kind](graph, layer, inputs)
    raise UnsupportedLayerError(layer)


def _foldable_norms(network: keras.Model) -> dict[str, keras.layers.Layer]:
    """The batch norms that can be folded into the layer before them, by the name of that layer."""
    followers: dict[int, list[keras.layers.Layer]] = {}
    for layer in network.layers:
        for tensor in _inputs(layer):
            followers.setdefault(id(tensor), []).append(layer)
    return {
        layer.name: after[0]
        for layer in network.layers
        if type(layer).__name__ in FOLDING_CONVERTERS
        and layer.activation.__name__ == "linear"
        and len(after := followers.get(id(layer.output), [])) == 1
        and isinstance(after[0], keras.layers.BatchNormalization)
    }


def _inputs(layer: keras.layers.Layer) -> Sequence[keras.KerasTensor]:
    return layer.input if isinstance(layer.input, list) else [layer.input]
