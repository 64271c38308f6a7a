"""A recognizer that works in processes of its own, one for each core if there is enough to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryFile
from typing import Any, NamedTuple

from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.model.artifacts import load_settings, load_vocabulary, model_digest
from inkpipe.model.prediction import Alternative, Prediction
from inkpipe.params.preprocess import PreprocessParams
from inkpipe.serving.recognizer import EncodedImage, Key

BATCH = 64  # images that a process gets at once: enough for the network, few enough to share 200 among processes
BATCH_BYTES = 16 << 20  # of encoded images, from which on a batch takes no more: large scans must not fill the memory
CODE = Path(__file__).parents[2]  # the folder that has this inkpipe
SCRIPT = Path("inkpipe/serving/recognizer_process.py")  # in such a folder
AHEAD = 2  # batches a process that are submitted before their results are needed: no process waits


class Task(NamedTuple):
    """How to start a process.

    Attributes:
        command: a program and its arguments that answers batches, see `recognizer_process.py`.
        processes: of it at most, at least 1.
        fault: what to say if a process ends before its work, without the reason.
        advice: what to do then.
    """

    command: Sequence[str]
    processes: int
    fault: str
    advice: str


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

    Several threads may use it at the same time; together they get no more processes than one alone.

    Args:
        task: how to start a process.
        model_folder: the folder of the model's files.
    """

    def __init__(self, task: Task, model_folder: Path) -> None:
        self._task, self._model_folder = task, model_folder
        self._started: list[_Process] = []
        self._threads = ThreadPoolExecutor(task.processes)  # each waits for a process
        self._idle: SimpleQueue[_Process] = SimpleQueue()
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
            InkpipeError: a process cannot run the model.
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

    def close(self) -> None:
        """End the processes, after the batches that they have begun."""
        self._threads.shutdown(cancel_futures=True)
        for process in self._started:
            process.close()

    def _recognize(self, batch: Sequence[tuple[Key, EncodedImage]]) -> list[tuple[Key, Prediction | UnreadableImage]]:
        try:
            process = self._idle.get_nowait()
        except Empty:
            process = self._start()
        answers = iter(process.ask([image for _, image in batch if isinstance(image, bytes)]))
        self._idle.put(process)  # not one that has ended
        return [(key, image if isinstance(image, UnreadableImage) else _result(next(answers))) for key, image in batch]

    def _start(self) -> _Process:
        process = _Process(self._task)
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


class _Process:
    """A process that answers batches."""

    def __init__(self, task: Task) -> None:
        self._task, self._log = task, TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(  # noqa: S603
            task.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            process_group=0,  # Ctrl-C is for the process that started it, which may want to finish its batches
        )

    def ask(self, images: Sequence[bytes]) -> list[Any]:
        """Send a batch and wait for its answers.

        Raises:
            InkpipeError: the process has ended.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        answer = b""
        try:
            if stdin and stdout:
                stdin.write(json.dumps([len(image) for image in images]).encode() + b"\n")
                stdin.writelines(images)
                stdin.flush()
                answer = stdout.readline()
        except BrokenPipeError:
            pass
        if not answer:
            raise InkpipeError(f"{self._task.fault}. Received: {self._last_line()} {self._task.advice}")
        return list(json.loads(answer))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        for stream in filter(None, (self._process.stdin, self._process.stdout)):
            with suppress(BrokenPipeError):  # of what was not sent yet
                stream.close()
        self._process.wait()
        self._log.close()

    def _last_line(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace").strip().rpartition("\n")[2]


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
