"""Keras layers as ONNX nodes.

To add a layer, write its converter and list it in `CONVERTERS`, or in `FOLDING_CONVERTERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from inkpipe.backend import keras
from inkpipe.data.vocabulary import BLANK
from inkpipe.errors import InkpipeError
from inkpipe.model.blanks import CERTAIN, BlankAfterEach
from inkpipe.model.positions import MeanAtEach, waves
from inkpipe.onnx.graph import Graph, Value
from inkpipe.onnx.heads import multi_head_attention
from inkpipe.onnx.recurrent import bidirectional

NHWC_TO_NCHW_AXES = (0, 2, 3, 1)  # where each axis of Keras' feature maps is in those with channels first
Converter = Callable[[Graph, keras.layers.Layer, Sequence[Value]], Value]
FoldingConverter = Callable[[Graph, keras.layers.Layer, Sequence[Value], keras.layers.Layer | None], Value]


class UnsupportedLayerError(InkpipeError):
    """A layer that has no converter, or settings that its converter does not know."""

    def __init__(self, layer: keras.layers.Layer, setting: str = "") -> None:
        super().__init__(
            f"The network cannot be written as ONNX. Received: layer {layer.name!r} of {type(layer).__name__}"
            f"{f' with {setting}' if setting else ''}. Add it to `inkpipe.onnx.layers`."
        )


def convolution(
    graph: Graph, layer: keras.layers.Conv2D, inputs: Sequence[Value], norm: keras.layers.Layer | None
) -> Value:
    """A convolution, with the batch norm that follows it folded into its weights."""
    _require(
        layer, layer.padding == "same" and layer.groups == 1 and layer.dilation_rate == (1, 1), "padding or groups"
    )
    kernel, bias = _folded(layer, norm)
    name = graph.add(
        "Conv",
        f"{layer.name}_conv",
        [
            graph.channels_first(inputs[0]),
            graph.constant(f"{layer.name}_kernel", kernel.transpose(3, 2, 0, 1)),
            graph.constant(f"{layer.name}_bias", bias),
        ],
        strides=list(layer.strides),
        kernel_shape=list(layer.kernel_size),
        auto_pad="SAME_UPPER",
    )
    return _activated(graph, layer, Value(name, channels_first=True))


def dense(graph: Graph, layer: keras.layers.Dense, inputs: Sequence[Value], norm: keras.layers.Layer | None) -> Value:
    """A dense layer, with the batch norm that follows it folded into its weights."""
    kernel, bias = _folded(layer, norm)
    weights = graph.constant(f"{layer.name}_kernel", kernel)
    product = graph.add("MatMul", f"{layer.name}_product", [graph.channels_last(inputs[0]), weights])
    name = graph.add("Add", f"{layer.name}_sum", [product, graph.constant(f"{layer.name}_bias", bias)])
    return _activated(graph, layer, Value(name))


def batch_norm(graph: Graph, layer: keras.layers.BatchNormalization, inputs: Sequence[Value]) -> Value:
    """A batch norm that follows neither convolution nor dense layer: a factor and a summand for each channel."""
    scale, shift = _scale_and_shift(layer)
    factor, summand = graph.constant(f"{layer.name}_scale", scale), graph.constant(f"{layer.name}_shift", shift)
    product = graph.add("Mul", f"{layer.name}_product", [graph.channels_last(inputs[0]), factor])
    return Value(graph.add("Add", f"{layer.name}_sum", [product, summand]))


def layer_norm(graph: Graph, layer: keras.layers.LayerNormalization, inputs: Sequence[Value]) -> Value:
    """A norm over the values of each frame."""
    scale = graph.constant(f"{layer.name}_scale", np.asarray(layer.gamma))
    shift = graph.constant(f"{layer.name}_shift", np.asarray(layer.beta))
    source = graph.channels_last(inputs[0])
    attributes = {"axis": -1, "epsilon": layer.epsilon}
    return Value(graph.add("LayerNormalization", f"{layer.name}_norm", [source, scale, shift], **attributes))


def relu(graph: Graph, layer: keras.layers.ReLU, inputs: Sequence[Value]) -> Value:
    """A rectifier."""
    _require(layer, layer.max_value is None and not layer.negative_slope and not layer.threshold, "limits")
    return inputs[0]._replace(name=graph.add("Relu", f"{layer.name}_relu", [inputs[0].name]))


def max_pooling(graph: Graph, layer: keras.layers.MaxPooling2D, inputs: Sequence[Value]) -> Value:
    """The largest value of each window."""
    _require(layer, layer.padding == "valid", f"padding {layer.padding}")
    source, windows = graph.channels_first(inputs[0]), list(layer.pool_size)
    attributes = {"kernel_shape": windows, "strides": list(layer.strides)}
    return Value(graph.add("MaxPool", f"{layer.name}_pool", [source], **attributes), channels_first=True)


def permute(graph: Graph, layer: keras.layers.Permute, inputs: Sequence[Value]) -> Value:
    """Other axes; the result has Keras' order."""
    order = [0, *layer.dims]
    if inputs[0].channels_first:
        order = [NHWC_TO_NCHW_AXES[axis] for axis in order]
    return Value(graph.add("Transpose", f"{layer.name}_axes", [inputs[0].name], perm=order))


def reshape(graph: Graph, layer: keras.layers.Reshape, inputs: Sequence[Value]) -> Value:
    """Frames of a fixed number of values; as many as the width of the image gives."""
    _require(layer, len(layer.target_shape) == 2, f"shape {layer.target_shape}")
    shape = graph.constant(f"{layer.name}_shape", [0, -1, layer.target_shape[-1]])
    return Value(graph.add("Reshape", f"{layer.name}_frames", [graph.channels_last(inputs[0]), shape]))


def add(graph: Graph, layer: keras.layers.Add, inputs: Sequence[Value]) -> Value:
    """The sum of two values."""
    _require(layer, len(inputs) == 2, f"{len(inputs)} summands")
    return Value(graph.add("Add", f"{layer.name}_sum", [graph.channels_last(value) for value in inputs]))


def positions(graph: Graph, layer: keras.layers.Layer, inputs: Sequence[Value]) -> Value:
    """What tells the position of each frame, however many there are."""
    source, name = graph.channels_last(inputs[0]), layer.name
    rates, phases = waves(layer.output.shape[-1])
    count = graph.add("Shape", f"{name}_count", [source], start=1, end=2)
    scalar = graph.add("Squeeze", f"{name}_scalar", [count])
    first, step = graph.constant(f"{name}_first", 0), graph.constant(f"{name}_step", 1)
    places = graph.add("Range", f"{name}_range", [first, scalar, step])
    places = graph.add("Cast", f"{name}_places", [places], to=1)  # float32
    places = graph.add("Unsqueeze", f"{name}_column", [places, graph.constant(f"{name}_axis", [1])])
    angles = graph.add("Mul", f"{name}_angles", [places, graph.constant(f"{name}_rates", rates)])
    angles = graph.add("Add", f"{name}_shifted", [angles, graph.constant(f"{name}_phases", phases)])
    return Value(graph.add("Add", f"{name}_sum", [source, graph.add("Sin", f"{name}_waves", [angles])]))


def mean_at_each(graph: Graph, layer: MeanAtEach, inputs: Sequence[Value]) -> Value:
    """The mean of all frames, at the place of each of them."""
    source = graph.channels_last(inputs[0])
    mean = graph.add("ReduceMean", f"{layer.name}_mean", [source], axes=[1], keepdims=1)
    shape = graph.add("Shape", f"{layer.name}_shape", [source])
    return Value(graph.add("Expand", f"{layer.name}_all", [mean, shape]))


def blank_after_each(graph: Graph, layer: BlankAfterEach, inputs: Sequence[Value]) -> Value:
    """A frame that is certainly blank after each position."""
    classes, name = layer.output.shape[-1], layer.name
    certain = CERTAIN * np.eye(classes)[BLANK]
    nothing = graph.add("Mul", f"{name}_nothing", [inputs[0].name, graph.constant(f"{name}_zero", np.zeros(1))])
    blanks = graph.add("Add", f"{name}_blanks", [nothing, graph.constant(f"{name}_blank", certain)])
    axis = graph.constant(f"{name}_axis", [2])
    pairs = [graph.add("Unsqueeze", f"{each}_pair", [each, axis]) for each in (inputs[0].name, blanks)]
    stacked = graph.add("Concat", f"{name}_stacked", pairs, axis=2)
    return Value(graph.add("Reshape", f"{name}_frames", [stacked, graph.constant(f"{name}_shape", [0, -1, classes])]))


def unchanged(_graph: Graph, _layer: keras.layers.Layer, inputs: Sequence[Value]) -> Value:
    """A layer that does something in training alone."""
    return inputs[0]


# By the names of the classes, so that a layer of this project stands beside those of Keras.
CONVERTERS: Mapping[str, Converter] = {
    "BatchNormalization": batch_norm,
    "LayerNormalization": layer_norm,
    "ReLU": relu,
    "MaxPooling2D": max_pooling,
    "Permute": permute,
    "Reshape": reshape,
    "Add": add,
    "Dropout": unchanged,
    "Bidirectional": bidirectional,
    "MultiHeadAttention": multi_head_attention,
    "SinusoidalPositions": positions,
    "MeanAtEach": mean_at_each,
    "BlankAfterEach": blank_after_each,
}
# Those that take in the batch norm that follows them, if there is one.
FOLDING_CONVERTERS: Mapping[str, FoldingConverter] = {"Conv2D": convolution, "Dense": dense}


def _require(layer: keras.layers.Layer, known: bool, setting: str) -> None:
    if not known:
        raise UnsupportedLayerError(layer, setting)


def _activated(graph: Graph, layer: keras.layers.Layer, value: Value) -> Value:
    activation = layer.activation.__name__
    _require(layer, activation in ("linear", "relu"), f"activation {activation}")
    if activation == "linear":
        return value
    return value._replace(name=graph.add("Relu", f"{layer.name}_relu", [value.name]))


def _folded(
    layer: keras.layers.Layer, norm: keras.layers.Layer | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Kernel and bias, float64; those of layer and norm together if there is one. The last axis are the outputs."""
    kernel = np.asarray(layer.kernel, np.float64)
    bias = np.asarray(layer.bias, np.float64) if layer.use_bias else np.zeros(kernel.shape[-1])
    if norm is None:
        return kernel, bias
    scale, shift = _scale_and_shift(norm)
    return kernel * scale, bias * scale + shift


def _scale_and_shift(norm: keras.layers.BatchNormalization) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    variance = np.asarray(norm.moving_variance, np.float64)
    scale = np.asarray(norm.gamma, np.float64) / np.sqrt(variance + norm.epsilon)
    return scale, np.asarray(norm.beta, np.float64) - np.asarray(norm.moving_mean, np.float64) * scale
