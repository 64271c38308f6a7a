"""Multi-head self-attention as ONNX nodes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inkpipe.backend import keras
from inkpipe.onnx.graph import Graph, Value


def multi_head_attention(graph: Graph, layer: keras.layers.MultiHeadAttention, inputs: Sequence[Value]) -> Value:
    """The sum of the values of all frames, each weighted by how well its key fits the query of a frame."""
    weights = {"/".join(weight.path.split("/")[-2:]): np.asarray(weight) for weight in layer.weights}
    heads, size = weights["query/kernel"].shape[1:]
    split = graph.constant(f"{layer.name}_split", [0, 0, heads, size])
    joined = graph.constant(f"{layer.name}_join", [0, 0, heads * size])

    def linear(part: str, source: str, units: int) -> str:
        kernel = weights[f"{part}/kernel"].reshape(-1, units)
        name = f"{layer.name}_{part}"
        product = graph.add("MatMul", f"{name}_product", [source, graph.constant(f"{name}_kernel", kernel)])
        return graph.add("Add", name, [product, graph.constant(f"{name}_bias", weights[f"{part}/bias"].reshape(-1))])

    def by_head(part: str, value: Value, order: Sequence[int]) -> str:
        flat = linear(part, graph.channels_last(value), heads * size)
        divided = graph.add("Reshape", f"{layer.name}_{part}_split", [flat, split])
        return graph.add("Transpose", f"{layer.name}_{part}_by_head", [divided], perm=order)

    queries, values = inputs[0], inputs[1]
    query = by_head("query", queries, [0, 2, 1, 3])
    key = by_head("key", values, [0, 2, 3, 1])
    value = by_head("value", values, [0, 2, 1, 3])
    scale = graph.constant(f"{layer.name}_scale", np.array(size**-0.5))
    scaled = graph.add("Mul", f"{layer.name}_query_scaled", [query, scale])
    fit = graph.add("Softmax", f"{layer.name}_weights", [graph.add("MatMul", f"{layer.name}_fit", [scaled, key])])
    context = graph.add("MatMul", f"{layer.name}_context", [fit, value])
    frames = graph.add("Transpose", f"{layer.name}_by_frame", [context], perm=[0, 2, 1, 3])
    flat = graph.add("Reshape", f"{layer.name}_joined", [frames, joined])
    return Value(linear("attention_output", flat, weights["attention_output/kernel"].shape[-1]))
