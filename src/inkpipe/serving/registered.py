"""A registered model as a recognizer. It runs the code that was registered with it, as its server does.

Changes of inkpipe after the registration therefore do not change its predictions.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, cast

from inkpipe.batching import batched
from inkpipe.data.vocabulary import Vocabulary
from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.model.artifacts import load_vocabulary
from inkpipe.model.prediction import Prediction
from inkpipe.serving.recognizer import BATCH, EncodedImage, Key
from inkpipe.tracking.model_version import ModelVersion
from inkpipe.tracking.packages import fetch_package

SCRIPT = Path(__file__).with_name("champion_process.py")


class RegisteredRecognizer:
    """A recognizer in another process.

    Args:
        process: runs `champion_process.py`.
        log: the file of the process's standard error.
        vocabulary: of its model.

    Attributes:
        vocabulary: the characters that its texts consist of, and how labels are normalized for a comparison.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes], vocabulary: Vocabulary) -> None:
        self._input, self._output = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
        self._log = log
        self.vocabulary = vocabulary

    def recognize_each(
        self, images: Iterable[tuple[Key, EncodedImage]]
    ) -> Iterator[tuple[Key, Prediction | UnreadableImage]]:
        """Recognize the text of images, some of which may be unreadable, as a stream.

        Args:
            images: pairs of a key and encoded bytes, or the reason why there is no image.

        Yields:
            Each key with the prediction, or with the reason why the image is unreadable, in their order.

        Raises:
            InkpipeError: the process cannot run the model.
        """
        for batch in batched(images, BATCH):
            answers = iter(self._ask([image for _, image in batch if isinstance(image, bytes)]))
            for key, image in batch:
                yield key, image if isinstance(image, UnreadableImage) else _result(next(answers))

    def _ask(self, images: Sequence[bytes]) -> list[Any]:
        try:
            self._input.write(json.dumps([len(image) for image in images]).encode() + b"\n")
            self._input.writelines(images)
            self._input.flush()
            answer = self._output.readline()
        except BrokenPipeError:
            answer = b""
        if not answer:
            raise InkpipeError(
                f"The registered model cannot be run by the code registered with it. Received: {self._last_line()} "
                "Install the packages that its requirements.txt names, or delete its version in the MLflow UI."
            )
        return list(json.loads(answer))

    def _last_line(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace").strip().rpartition("\n")[2]


@contextmanager
def registered_recognizer(version: ModelVersion) -> Iterator[RegisteredRecognizer]:
    """Run a registered model in a process of its own until the block ends.

    Args:
        version: the model in the registry.

    Yields:
        A recognizer, ready for images.

    Raises:
        InkpipeError: the model's files do not exist any more, or are not those that were registered.
    """
    with TemporaryDirectory() as folder:
        package = fetch_package(version, Path(folder))
        with recognizer_process(package.folder, load_vocabulary(package.model_folder)) as recognizer:
            yield recognizer


@contextmanager
def recognizer_process(package: Path, vocabulary: Vocabulary) -> Iterator[RegisteredRecognizer]:
    """Run a model that MLflow has logged in a process of its own until the block ends.

    Args:
        package: the folder that MLflow logged: the model with its code.
        vocabulary: of the model.

    Yields:
        A recognizer. A process that cannot run the model raises when the first images are sent to it.
    """
    command = [sys.executable, "-P", str(SCRIPT), str(package)]
    with (
        TemporaryFile() as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as process,  # noqa: S603
    ):
        try:
            yield RegisteredRecognizer(process, log, vocabulary)
        finally:
            process.kill()


def _result(answer: Any) -> Prediction | UnreadableImage:
    return UnreadableImage(answer) if isinstance(answer, str) else Prediction(*answer)
