"""An ONNX graph that grows node by node, to the same bytes every time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import onnx
from inkpipe.onnx.graph_names import IMAGE, LOGITS, OWN_WIDTH
from onnx import TensorProto, helper, numpy_helper

OPSET, IR = 17, 8  # the versions of ONNX's operators, and of its file format that came with them


class Value(NamedTuple):
    """What a node gives.

    Attributes:
        name: in the graph.
        channels_first: feature maps (batch, channels, height, width), as ONNX's convolutions take them, instead of
            Keras' (batch, height, width, channels).
    """

    name: str
    channels_first: bool = False


class Graph:
    """A graph under construction."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(self, operator: str, name: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Add a node with one output.

        Args:
            operator: of ONNX.
            name: of the node and of its output; unique.
            inputs: names of values and constants; "" for an optional one that is left out.
            attributes: of the operator.

        Returns:
            The name.
        """
        self._nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name: str, content: NDArray[Any] | Sequence[int] | int) -> str:
        """Add a constant: float32, or int64 if the content is one integer or a list of them.

        Returns:
            The name.
        """
        array = np.asarray(content, np.float32 if isinstance(content, np.ndarray) else np.int64)
        self._constants.append(numpy_helper.from_array(array.copy(order="C"), name))
        return name

    def channels_last(self, value: Value) -> str:
        """The name of a value in Keras' order of axes."""
        if not value.channels_first:
            return value.name
        return self.add("Transpose", f"{value.name}_channels_last", [value.name], perm=[0, 2, 3, 1])

    def channels_first(self, value: Value) -> str:
        """The name of feature maps in the order of axes that ONNX's convolutions take."""
        if value.channels_first:
            return value.name
        return self.add("Transpose", f"{value.name}_channels_first", [value.name], perm=[0, 3, 1, 2])

    def to_bytes(self, height: int, width: int | None, classes: int) -> bytes:
        """The file of the graph: uint8 `image` (batch, height, width) to float32 `logits` (batch, frames, classes).

        Args:
            height: of the images, pixels.
            width: likewise; None where images are cut to their writing, see `inkpipe.model.widths`.
            classes: logits of each frame.
        """
        image = helper.make_tensor_value_info(IMAGE, TensorProto.UINT8, ["batch", height, width or OWN_WIDTH])
        logits = helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, ["batch", "frames", classes])
        graph = helper.make_graph(self._nodes, "network", [image], [logits], self._constants)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR, producer_name="inkpipe"
        )
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString(deterministic=True))
