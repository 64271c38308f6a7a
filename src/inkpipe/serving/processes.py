"""A recognizer that works in processes of its own, one for each core if there is enough to do."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.imaging import UnreadableImage
from inkpipe.model.artifacts import load_settings, load_vocabulary, model_digest
from inkpipe.model.prediction import Alternative, Prediction
from inkpipe.params.preprocess import PreprocessParams
from inkpipe.progress import say
from inkpipe.serving.recognizer import EncodedImage, Key, Recognizer
from inkpipe.serving.worker import KilledError, Task, Worker

BATCH = 128  # images that a process gets at once: enough of each width, few enough to share 300 among them
BATCH_BYTES = 16 << 20  # of encoded images, from which on a batch takes no more: large scans must not fill the memory
CODE = Path(__file__).parents[2]  # the folder that has this inkpipe
SCRIPT = Path("inkpipe/serving/recognizer_process.py")  # in such a folder
BLANK = b"P5 256 32 255\n" + b"\xff" * 256 * 32  # a white image, PGM: every model recognizes it, if only as empty
AHEAD = 2  # batches a process that are submitted before their results are needed: no process waits


def recognizer_task(model_folder: Path, code: Path, alternatives: int | None = None) -> Task:
    """How to run a model that has `network.onnx`, in as many processes as there are cores.

    Args:
        model_folder: the folder of the model's files.
        code: the folder that has inkpipe's package: that of the registered code, or the one around this module.
        alternatives: likeliest texts that a prediction carries; None for as many as the model's settings say.
    """
    return Task(
        command=(
            *(sys.executable, "-P", str(code / SCRIPT), str(model_folder)),
            str(-1 if alternatives is None else alternatives),
        ),
        processes=len(os.sched_getaffinity(0)),
        fault="A process that recognizes images has ended",
        advice=f"Check the model in {model_folder}, and that memory suffices.",
    )


class ProcessRecognizer:
    """A recognizer in other processes. The first is started at once, each other one when all before it are busy.

    A process that a signal ends costs no other image its result: others take over its batch, by halves. An image on
    which two processes end, while a blank one is recognized, is unreadable.

    Several threads may use it at the same time; together they get no more processes than one alone.

    Args:
        task: how to start a process.
        model_folder: the folder of the model's files.
    """

    def __init__(self, task: Task, model_folder: Path) -> None:
        self._task, self._model_folder = task, model_folder
        self._started: list[Worker] = []
        self._threads = ThreadPoolExecutor(task.processes)  # each waits for a process
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        self._idle.put(self._start())

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The characters that its texts consist of, and how labels are normalized for a comparison."""
        return load_vocabulary(self._model_folder)

    @cached_property
    def digest(self) -> str:
        """The digest of the model's files."""
        return model_digest(self._model_folder)

    @cached_property
    def preprocess(self) -> PreprocessParams:
        """How images are prepared for its network."""
        return load_settings(self._model_folder).preprocess

    def recognize_each(
        self, images: Iterable[tuple[Key, EncodedImage]]
    ) -> Iterator[tuple[Key, Prediction | UnreadableImage]]:
        """Recognize the text of images, some of which may be unreadable, as a stream.

        Args:
            images: pairs of a key and encoded bytes, or the reason why there is no image.

        Yields:
            Each key with the prediction, or with the reason why the image is unreadable, in their order.

        Raises:
            InkpipeError: a process cannot run the model, or is ended by a signal whatever the image.
        """
        count = self._task.processes
        waiting: deque[Future[list[tuple[Key, Prediction | UnreadableImage]]]] = deque()
        try:
            for batch in _batches(images):
                waiting.append(self._threads.submit(self._recognize, batch))
                if len(waiting) >= AHEAD * count:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            for unneeded in waiting:
                unneeded.cancel()

    def log_ratios(self, images: Sequence[bytes], texts: Sequence[str], others: Sequence[str]) -> NDArray[np.float64]:
        """See `Recognizer.log_ratios`. The network runs in this process: labels to compare are few."""
        return self._in_this_process.log_ratios(images, texts, others)

    @cached_property
    def _in_this_process(self) -> Recognizer:
        return Recognizer.load(self._model_folder)

    def close(self) -> None:
        """End the processes, after the batches that they have begun."""
        self._threads.shutdown(cancel_futures=True)
        for process in self._started:
            process.close()

    def _recognize(self, batch: Sequence[tuple[Key, EncodedImage]]) -> list[tuple[Key, Prediction | UnreadableImage]]:
        answers = iter(self._answers([image for _, image in batch if isinstance(image, bytes)]))
        return [(key, image if isinstance(image, UnreadableImage) else _result(next(answers))) for key, image in batch]

    def _answers(self, images: Sequence[bytes], last: bool = False) -> list[Any]:
        try:
            return self._ask(images)
        except KilledError as error:
            say(f"A process that recognizes images was ended by {error.received}; others take over its images.")
            if middle := len(images) // 2:
                return self._answers(images[:middle]) + self._answers(images[middle:])
            if not last:
                return self._answers(images, last=True)
            self._ask([BLANK])  # raises if it is not the image's fault
            return [str(error)]

    def _ask(self, images: Sequence[bytes]) -> list[Any]:
        try:
            process = self._idle.get_nowait()
        except Empty:
            process = self._start()
        try:
            answers = process.ask(images)
        except BaseException:  # also Ctrl-C: a process that was not heard out would answer the next batch with this one
            self._started.remove(process)
            process.close()
            raise
        self._idle.put(process)
        return answers

    def _start(self) -> Worker:
        process = Worker(self._task)
        self._started.append(process)
        return process


@contextmanager
def recognizer_processes(task: Task, model_folder: Path) -> Iterator[ProcessRecognizer]:
    """Run a model in processes of its own until the block ends.

    Args:
        task: how to start a process.
        model_folder: the folder of the model's files.

    Yields:
        A recognizer. A process that cannot run the model raises when the first images are sent to it.
    """
    recognizer = ProcessRecognizer(task, model_folder)
    try:
        yield recognizer
    finally:
        recognizer.close()


def _batches(images: Iterable[tuple[Key, EncodedImage]]) -> Iterator[list[tuple[Key, EncodedImage]]]:
    batch: list[tuple[Key, EncodedImage]] = []
    size = 0
    for key, image in images:
        batch.append((key, image))
        size += len(image) if isinstance(image, bytes) else 0
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _result(answer: Any) -> Prediction | UnreadableImage:
    if isinstance(answer, str):
        return UnreadableImage(answer)
    text, confidence, *more = answer
    characters, alternatives, uncalibrated = more or ((), (), None)  # models registered before give two fields
    return Prediction(
        text, confidence, tuple(characters), tuple(Alternative(*each) for each in alternatives), uncalibrated
    )
