"""Write a model's network as ONNX beside its other files, once it has proved to give what Keras gives."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from inkpipe.batching import batched
from inkpipe.errors import InkpipeError
from inkpipe.model.artifacts import NETWORK, load_model, model_files
from inkpipe.model.decoding import Decoder
from inkpipe.onnx.convert import network_to_onnx
from inkpipe.onnx.layers import UnsupportedLayerError
from inkpipe.onnx.network import OnnxNetwork

BATCH = 128  # images that both networks look at at once
# By how much a logit may differ, and by which fraction of the largest one of its image more: both networks round at
# each of thousands of sums, in another order. Trained networks with logits up to 20 differ by 0.00002 to 0.00008.
TOLERANCE, RELATIVE = 1e-4, 1e-5
SampleImage = tuple[str, NDArray[np.uint8]]  # the filename, and the prepared image (height, width)
TIE = 1e-2  # relative difference of confidences below which two texts are equally likely: rounding decides


class Network(Protocol):
    """A network in any runtime."""

    def logits(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Logits float32 (batch, frames, classes) for prepared images uint8 (batch, height, width)."""
        ...


class Comparison(NamedTuple):
    """How near a network is to its reference.

    Attributes:
        images: that were compared.
        difference: the largest one of a logit.
        ties: images with another text that the reference holds for as likely as its own.
    """

    images: int
    difference: float
    ties: int

    def describe(self) -> str:
        """The comparison as a part of a sentence."""
        ties = f", {self.ties} tie(s) between texts" if self.ties else ""
        return f"network.onnx as Keras on {self.images:,} images (logits within {self.difference:.0e}{ties})"


def export_model(target: Path, model_folder: Path, samples: Iterable[SampleImage]) -> str:
    """Copy the files of a model, and add its network as ONNX.

    A network that has a layer which ONNX files of this version cannot hold goes without one; Keras runs it then.

    Args:
        target: an existing folder.
        model_folder: the folder of the model's files.
        samples: prepared images, such as those of the test split, on which both networks must agree.

    Returns:
        What was written, for people.

    Raises:
        InkpipeError: the folder is not a model, or the networks disagree.
    """
    loaded = load_model(model_folder)
    for name in model_files(model_folder):
        shutil.copyfile(model_folder / name, target / name)
    try:
        (target / NETWORK).write_bytes(network_to_onnx(loaded.model.network))
    except UnsupportedLayerError as error:
        return f"no {NETWORK}, so Keras will run the model. {error}"
    return compare(loaded.model, OnnxNetwork(target / NETWORK), loaded.model.decoder, samples).describe()


def compare(reference: Network, network: Network, decoder: Decoder, samples: Iterable[SampleImage]) -> Comparison:
    """Run two networks on the same images.

    Logits within the tolerance give the same text, but for images between whose two likeliest texts the rounding
    decides: those are counted.

    Args:
        reference: the network that is right.
        network: the other one.
        decoder: for the logits of both.
        samples: prepared images.

    Returns:
        How near they are.

    Raises:
        InkpipeError: a logit differs by more than `TOLERANCE` and `RELATIVE` allow, or a text differs that is no tie.
    """
    images, largest, ties = 0, 0.0, 0
    for batch in batched(samples, BATCH):
        pixels = np.stack([image for _, image in batch])
        expected, received = reference.logits(pixels), network.logits(pixels)
        differences = np.abs(expected - received).max(axis=(1, 2))
        excess = differences - RELATIVE * expected.max(axis=(1, 2))
        worst = int(excess.argmax())
        if not excess[worst] <= TOLERANCE:
            raise _disagree(batch[worst][0], f"logits that differ by {differences[worst]:.2g}")
        images, largest = images + len(batch), max(largest, float(differences.max()))
        for (filename, _), right, other in zip(batch, decoder.decode(expected), decoder.decode(received), strict=True):
            if right.text != other.text:
                if not math.isclose(right.confidence, other.confidence, rel_tol=TIE):
                    raise _disagree(filename, f"{other.text!r} instead of {right.text!r}")
                ties += 1
    return Comparison(images, largest, ties)


def _disagree(filename: str, received: str) -> InkpipeError:
    return InkpipeError(
        f"The network as ONNX does not give what Keras gives for {filename}. Received: {received}. "
        "Compare the layers with their converters in `inkpipe.onnx.layers`."
    )
