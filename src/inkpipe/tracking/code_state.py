"""The state of the code of a run: its commit, and what was changed since."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml


@dataclass(frozen=True)
class CodeState:
    """The state of a git repository.

    Attributes:
        commit: that is checked out.
        diff: what differs in files that git knows, as `git diff` writes it; empty if nothing does. Results that DVC
            writes beside the code, such as dvc.lock and metrics, are left out.
        untracked: names of files that git neither knows nor ignores, likewise. Their content may be secret, so it is
            left out.
    """

    commit: str
    diff: bytes
    untracked: tuple[str, ...]

    @property
    def dirty(self) -> bool:
        """Whether the code is not that of the commit."""
        return bool(self.diff or self.untracked)


def code_state() -> CodeState | None:
    """Ask git for the state of the repository around the working folder.

    Returns:
        The state; None outside of a repository, before the first commit, and without git.
    """
    commit = git("rev-parse", "HEAD")
    if commit is None:
        return None
    with TemporaryDirectory() as folder:
        # An index of its own: that of `dvc exp run --temp` calls files unchanged that DVC has just changed, and git
        # would wait for a lock on the user's.
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git("read-tree", "HEAD", settings=index)
        code = ("--", ":/", *(f":(exclude,top,literal){path}" for path in _results()))
        diff = git("diff", "--no-ext-diff", "--no-color", "--binary", "HEAD", *code, settings=index) or b""
        listed = git("ls-files", "--others", "--exclude-standard", "-z", *code, settings=index) or b""
    untracked = tuple(name.decode(errors="backslashreplace") for name in listed.split(b"\0") if name)
    return CodeState(commit.decode().strip(), diff, untracked)


def _results() -> list[str]:
    """The files that DVC writes and git keeps, if the project is the root of the repository: a run rewrites them."""
    top = git("rev-parse", "--show-toplevel")
    pipeline = Path(os.fsdecode(top or b"").rstrip("\n")) / "dvc.yaml"
    if not top or not pipeline.exists():
        return []
    stages = yaml.safe_load(pipeline.read_text(encoding="utf-8")).get("stages", {}).values()
    outputs = [entry for stage in stages for kind in ("outs", "metrics", "plots") for entry in stage.get(kind, [])]
    described = [entry for entry in outputs if isinstance(entry, dict)]
    return ["dvc.lock", *(path for entry in described for path in entry if (entry[path] or {}).get("cache") is False)]


def committed_file(commit: str, path: Path) -> bytes | None:
    """Read a file as a commit has it.

    Args:
        commit: any name of it that git knows.
        path: relative to the working folder.

    Returns:
        Its bytes; None if there is no such commit or file.
    """
    return git("show", f"{commit}:./{path.as_posix()}")


def git(*arguments: str, settings: Mapping[str, str] | None = None) -> bytes | None:
    """Run git in the working folder.

    Args:
        arguments: its words.
        settings: environment variables in addition.

    Returns:
        What it prints; None if it fails or is not installed.
    """
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", **(settings or {})}
    try:
        command = ["git", *arguments]  # the user's own git
        return subprocess.run(command, capture_output=True, check=True, env=environment).stdout  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
