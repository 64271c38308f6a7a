"""A network in ONNX, run by ONNX Runtime: without TensorFlow, ready in milliseconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as faults

from inkpipe.errors import InkpipeError
from inkpipe.model.widths import logits_by_width
from inkpipe.onnx.graph_names import IMAGE, OWN_WIDTH

# What ONNX Runtime raises for a file that it cannot load; they have no base class of their own.
FAULTS = (faults.Fail, faults.InvalidArgument, faults.InvalidGraph, faults.InvalidProtobuf, faults.NotImplemented)
FATAL = 4  # log level: what goes wrong is raised, and the rest helps nobody


class OnnxNetwork:
    """The network of a model.

    Args:
        path: of the ONNX file.
        threads: of one batch; 0 for one a core.

    Attributes:
        classes: logits of each frame.

    Raises:
        InkpipeError: the file is no network.
    """

    def __init__(self, path: Path, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = FATAL
        try:
            self._session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
            (image,), (output,) = self._session.get_inputs(), self._session.get_outputs()
            self._cuts = image.shape[2] == OWN_WIDTH
            self.classes = int(output.shape[-1])
        except (OSError, ValueError, TypeError, *FAULTS) as error:
            raise InkpipeError(
                f"{path} is no network. Received: {error}. Export it again with `dvc repro -sf evaluate`."
            ) from error

    def logits(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run the network on prepared images.

        Args:
            images: uint8 (batch, height, width), as `inkpipe.imaging.prepare` gives them.

        Returns:
            float32 (batch, frames, classes).
        """
        return logits_by_width(images, self._run) if self._cuts else self._run(images)

    def _run(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        (logits,) = self._session.run(None, {IMAGE: images})
        return np.asarray(logits, np.float32)
