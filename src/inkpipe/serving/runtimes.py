"""What runs the network of a model: ONNX Runtime where the model has `network.onnx`, else Keras, the reference.

To add a runtime, write a function that opens its file and put it in `RUNTIMES`, in the order of preference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import ARCHITECTURE, NETWORK, load_model, load_settings


class Network(Protocol):
    """A network in any runtime."""

    def logits(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run the network.

        Args:
            images: uint8 (batch, height, width), as `inkpipe.imaging.prepare` gives them.

        Returns:
            float32 (batch, frames, classes).
        """
        ...


class Runtime(NamedTuple):
    """A way to run a network.

    Attributes:
        file: that it needs, by name.
        open: `open(folder, threads)`; 0 threads are one a core.
    """

    file: str
    open: Callable[[Path, int], Network]


def open_network(folder: Path, threads: int = 0) -> Network:
    """Open the network of a model in the first runtime that the model has a file for.

    Args:
        folder: the folder of the model's files.
        threads: for one batch; 0 for one a core. Keras takes what TensorFlow was set to.

    Raises:
        InkpipeError: the folder is not a model, or the files do not belong together.
    """
    runtime = next((each for each in RUNTIMES if (folder / each.file).is_file()), RUNTIMES[-1])
    return runtime.open(folder, threads)


def _onnx(folder: Path, threads: int) -> Network:
    from inkpipe.onnx.network import OnnxNetwork

    network, vocabulary = OnnxNetwork(folder / NETWORK, threads), load_settings(folder).vocabulary
    if network.classes != vocabulary.classes:
        raise _misfit(folder, network.classes, vocabulary)
    return network


def _keras(folder: Path, _threads: int) -> Network:
    return load_model(folder).model


def _misfit(folder: Path, classes: int, vocabulary: Vocabulary) -> InkpipeError:
    return InkpipeError(
        f"{NETWORK} does not belong to the other files in {folder}. Received: {classes} classes, the vocabulary has "
        f"{vocabulary.classes}. Export it again with `dvc repro -sf evaluate`."
    )


RUNTIMES: Sequence[Runtime] = (Runtime(NETWORK, _onnx), Runtime(ARCHITECTURE, _keras))
