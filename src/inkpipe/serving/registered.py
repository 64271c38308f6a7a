"""A registered reader, run by the code that was registered with it: whatever changed since, it reads as it serves."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, cast

from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.serving.reader import BATCH, Encoded, Key, Read
from inkpipe.vocabulary import Vocabulary

WORKER = Path(__file__).with_name("worker.py")


@contextmanager
def running(model_folder: Path, vocabulary: Vocabulary) -> Iterator[RegisteredReader]:
    """A reader that MLflow logged, in a process of its own for as long as the block lasts.

    Args:
        model_folder: what MLflow logged, with the code beside the reader.
        vocabulary: the reader's.
    """
    command = [sys.executable, "-P", str(WORKER), str(model_folder)]
    with (
        TemporaryFile() as said,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said) as process,  # noqa: S603
    ):
        try:
            yield RegisteredReader(process, said, vocabulary)
        finally:
            process.kill()


class RegisteredReader:
    """Reads like `Reader`, through the process that `running` started."""

    def __init__(self, process: subprocess.Popen[bytes], said: IO[bytes], vocabulary: Vocabulary) -> None:
        self._to, self._back = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
        self._said = said
        self.vocabulary = vocabulary

    def read_each(self, images: Iterable[tuple[Key, Encoded]]) -> Iterator[tuple[Key, Read | UnreadableImage]]:
        """Read images where some may be bad, as a stream in their order; see `Reader.read_each`.

        Raises:
            InkpipeError: the reader cannot be run.
        """
        stream = iter(images)
        while batch := list(islice(stream, BATCH)):
            answers = iter(self._ask([image for _, image in batch if isinstance(image, bytes)]))
            for key, image in batch:
                yield key, image if isinstance(image, UnreadableImage) else _found(next(answers))

    def _ask(self, images: Sequence[bytes]) -> list[Any]:
        try:
            self._to.write(json.dumps([len(image) for image in images]).encode() + b"\n")
            self._to.writelines(images)
            self._to.flush()
            answer = self._back.readline()
        except BrokenPipeError:
            answer = b""
        if not answer:
            raise InkpipeError(
                f"The registered reader cannot be run by the code registered with it. Received: {self._last()} "
                "Install the packages that its requirements.txt names, or delete its version in the MLflow UI."
            )
        return list(json.loads(answer))

    def _last(self) -> str:
        self._said.seek(0)
        return self._said.read().decode(errors="replace").strip().rpartition("\n")[2]


def _found(answer: Any) -> Read | UnreadableImage:
    return UnreadableImage(answer) if isinstance(answer, str) else Read(*answer)
