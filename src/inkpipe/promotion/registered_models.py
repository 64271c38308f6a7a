"""Run registered models on the test images: their predictions, and how long an image takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from inkpipe.data.corpus import Sample
from inkpipe.imaging import UnreadableImage
from inkpipe.model.prediction import Prediction
from inkpipe.progress import track
from inkpipe.promotion.comparison import Latencies
from inkpipe.tracking.model_version import ModelVersion

if TYPE_CHECKING:
    from inkpipe.serving.recognizer import ImageRecognizer

OpenRecognizer = Callable[[ModelVersion], AbstractContextManager["ImageRecognizer"]]
WARM_UP, TIMED = 4, 64  # images: the first ones also load code and fill caches


class LabeledSamples(Protocol):
    """Samples with normalized labels that can be counted and iterated more than once: a list, or `AcceptedSamples`."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Sample]: ...


def predict_all(recognizer: ImageRecognizer, samples: LabeledSamples, name: str) -> list[Prediction]:
    """Recognize all images.

    Args:
        recognizer: the model.
        samples: labeled images.
        name: of the model, for progress and messages, such as `the champion`.

    Returns:
        A prediction for each image, in their order.

    Raises:
        UnreadableImage: the model cannot read an image; the message names it.
    """
    images = ((sample.filename, sample.image) for sample in samples)
    predictions = []
    for filename, result in track(
        recognizer.recognize_each(images), len(samples), f"recognizing test images with {name}"
    ):
        if isinstance(result, UnreadableImage):
            raise UnreadableImage(f"{name[0].upper()}{name[1:]} cannot read test image {filename}. {result}")
        predictions.append(result)
    return predictions


def measure_latencies(candidate: ImageRecognizer, champion: ImageRecognizer, samples: LabeledSamples) -> Latencies:
    """Time single images with two models in turn, so that other work on the machine slows both.

    Args:
        candidate: the new model.
        champion: the model to beat.
        samples: images; the first 68 are used.

    Returns:
        The median time of an image of each.
    """
    images = [sample.image for sample in islice(samples, WARM_UP + TIMED)]
    times = [(_seconds(candidate, image), _seconds(champion, image)) for image in images]
    timed = times[WARM_UP:] or times
    return Latencies(*(statistics.median(each) for each in zip(*timed, strict=True)))


def _seconds(recognizer: ImageRecognizer, image: bytes) -> float:
    start = time.perf_counter()
    for _ in recognizer.recognize_each([(0, image)]):
        pass
    return time.perf_counter() - start
