"""A process that answers batches of images on its standard streams, and what to say of how it ended."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from tempfile import TemporaryFile
from typing import Any, NamedTuple

from inkpipe.errors import InkpipeError


class Task(NamedTuple):
    """How to start a process.

    Attributes:
        command: a program and its arguments that answers batches, see `recognizer_process.py`.
        processes: of it at most, at least 1.
        fault: what to say if a process ends before its work, without the reason.
        advice: what to do then.
        environment: of the process; None for that of this process.
    """

    command: Sequence[str]
    processes: int
    fault: str
    advice: str
    environment: Mapping[str, str] | None = None


class KilledError(InkpipeError):
    """A signal ended a process. That does not tell whether an image or the machine is the cause.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        self.received = f"signal {number} ({signal.strsignal(number)})"
        super().__init__(
            f"A process that recognizes images was ended. Received: {self.received}. "
            "Systems kill processes when memory runs out: free memory, or give smaller images, and run again."
        )


class Worker:
    """A process that answers batches.

    Args:
        task: how to start it.
    """

    def __init__(self, task: Task) -> None:
        self._task, self._log = task, TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(  # noqa: S603
            task.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=task.environment,
            process_group=0,  # Ctrl-C is for the process that started it, which may want to finish its batches
        )

    def ask(self, images: Sequence[bytes]) -> list[Any]:
        """Send a batch and wait for its answers.

        Args:
            images: encoded.

        Returns:
            The answer for each image, see `recognizer_process.py`.

        Raises:
            KilledError: a signal has ended the process.
            InkpipeError: the process has ended otherwise.
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
        if answer.endswith(b"\n"):  # a part of a line is all that some processes leave
            return list(json.loads(answer))
        raise self._fault(self._process.wait())

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        for stream in filter(None, (self._process.stdin, self._process.stdout)):
            with suppress(BrokenPipeError):  # of what was not sent yet
                stream.close()
        self._process.wait()
        self._log.close()

    def _fault(self, exit_code: int) -> InkpipeError:
        if exit_code < 0:
            return KilledError(-exit_code)
        self._log.seek(0)
        last_line = self._log.read().decode(errors="replace").strip().rpartition("\n")[2]
        return InkpipeError(f"{self._task.fault}. Received: {last_line} {self._task.advice}")
