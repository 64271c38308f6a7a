"""A clone of the committed tree in a folder of its own, and commands that run in it undisturbed by surroundings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from inkpipe.errors import InkpipeError

UNSET = ("DVC_", "INKPIPE_", "MLFLOW_", "TF_", "KERAS_", "GIT_")  # prefixes of variables of the surroundings
OWN_CACHE = "[cache]\n    dir = cache\n"  # beside it; a committed or global config may name one that others fill
QUIET = {"DVC_NO_ANALYTICS": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


@dataclass(frozen=True)
class Finished:
    """A command that has ended: its exit code, and standard output and error together."""

    code: int
    output: str

    @property
    def last_lines(self) -> str:
        """The end of the output, for a message."""
        return "\n".join(self.output.strip().splitlines()[-8:])


@dataclass(frozen=True)
class Scratch:
    """A clone of a commit.

    Attributes:
        folder: its root.
    """

    folder: Path

    def run(self, *command: str) -> Finished:
        """Run a command in the clone, by the clone's own code and without settings of the surroundings.

        Args:
            command: a program of this environment, or of the system, and its arguments.
        """
        environment = {name: value for name, value in os.environ.items() if not name.startswith(UNSET)} | QUIET
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
        environment["PYTHONPATH"] = str(self.folder / "src")
        done = subprocess.run(  # noqa: S603 - the project's own commands
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        return Finished(done.returncode, done.stdout.decode(errors="replace"))

    def clean(self) -> None:
        """Remove all that is not committed, such as outputs, DVC's cache and the MLflow store, and undo changes.

        From then on DVC's cache is one of the clone's own.
        """
        self._git("clean", "-fdxq")
        self._git("checkout", "-q", "--", ".")
        (self.folder / ".dvc/config.local").write_text(OWN_CACHE, encoding="utf-8")

    def _git(self, *arguments: str) -> None:
        done = self.run("git", *arguments)
        if done.code:
            raise InkpipeError(f"git {arguments[0]} failed in {self.folder}. Received: {done.last_lines}")


@contextmanager
def cloned(project: Path) -> Iterator[Scratch]:
    """Clone the commit that a project is at, until the block ends.

    Args:
        project: the root of a git repository.

    Yields:
        The clone, without data, cache and MLflow store.

    Raises:
        InkpipeError: the project is not a git repository, or has no commit.
    """
    with TemporaryDirectory(prefix="inkpipe-verify-") as folder:
        clone = Path(folder) / "clone"
        command = ["git", "clone", "--quiet", "--no-local", str(project), str(clone)]  # fixed words
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode or not (clone / "dvc.yaml").exists():
            raise InkpipeError(
                f"The project cannot be cloned. Received: {done.stderr.strip() or 'a clone without dvc.yaml'} "
                f"at {project}. Run in a git repository whose commit has the pipeline."
            )
        yield Scratch(clone)
