"""dvc.lock: what it says of the outputs, and whether it belongs to the code and the parameters beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from inkpipe.errors import InkpipeError
from inkpipe.verification.scratch import Scratch
from inkpipe.verification.step import StepResult

ABSENT = ("deleted", "not in cache")  # data that the clone does not have; no news about the lock


class Output(NamedTuple):
    """An output of the pipeline.

    Attributes:
        stage: that made it.
        path: in the project.
        md5: of its bytes; of a folder, of the list of its files, with the end `.dir`.
    """

    stage: str
    path: str
    md5: str


def locked_outputs(project: Path) -> list[Output]:
    """Read the outputs of dvc.lock, in the order of the stages.

    Args:
        project: the root.

    Raises:
        InkpipeError: there is no dvc.lock.
    """
    path = project / "dvc.lock"
    if not path.exists():
        raise InkpipeError(f"There is no lock to verify. Received: {path}. Run `dvc repro` and commit dvc.lock.")
    stages = yaml.safe_load(path.read_text(encoding="utf-8"))["stages"]
    return [Output(name, out["path"], out["md5"]) for name, stage in stages.items() for out in stage.get("outs", [])]


def verify_lock(scratch: Scratch) -> StepResult:
    """Check that dvc.lock belongs to the committed code and parameters. No data is needed.

    `dvc repro --dry --allow-missing` names the stages that would run, and `dvc status` tells what changed.

    Args:
        scratch: a clone without data.
    """
    dry = scratch.run("dvc", "repro", "--dry", "--allow-missing")
    would_run = {line.split("'")[1] for line in dry.output.splitlines() if line.startswith("Running stage")}
    status = _status(scratch) if would_run or dry.code else {}
    changes = {stage: ", ".join(_changes(entries)) for stage, entries in status.items()}
    stale = [f"{stage}: {change}" for stage, change in changes.items() if change]
    stale += [
        f"{stage}: would run, as an earlier stage changed" for stage in sorted(would_run) if not changes.get(stage)
    ]
    if stale or dry.code:
        advice = "dvc.lock is not of this code and these parameters. Run `dvc repro` and commit dvc.lock."
        return StepResult("lock", False, (*(stale or dry.last_lines.splitlines()), advice))
    outputs = locked_outputs(scratch.folder)
    return StepResult("lock", True, (f"{len(outputs)} outputs are of this code and params.yaml",))


def verify_committed(scratch: Scratch) -> StepResult:
    """Check that the outputs that git keeps, such as metrics and decision, are those of dvc.lock.

    Args:
        scratch: a clone without data.
    """
    uncached = {path for path, settings in _outputs(scratch.folder) if settings.get("cache") is False}
    kept = {path for path in uncached if scratch.run("git", "check-ignore", "-q", path).code}  # not: what git ignores
    details, passed = [], True
    for output in locked_outputs(scratch.folder):
        if output.path not in kept:
            continue
        file = scratch.folder / output.path
        digest = hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest() if file.exists() else None
        if digest == output.md5:
            details.append(f"{output.path} is that of dvc.lock")
        else:
            passed = False
            found = "it is not committed" if digest is None else f"md5 {digest} instead of {output.md5}"
            details.append(f"{output.path} of stage {output.stage}: {found}. Run `dvc repro` and commit both.")
    unknown = kept - {output.path for output in locked_outputs(scratch.folder)}
    details += [f"{path} is not in dvc.lock. Run `dvc repro` and commit both." for path in sorted(unknown)]
    return StepResult("committed results", passed and not unknown, tuple(details))


def _status(scratch: Scratch) -> dict[str, list[object]]:
    """What `dvc status` says of each stage; its JSON is a line among others."""
    lines = scratch.run("dvc", "status", "--json").output.splitlines()
    return dict(json.loads(next((line for line in reversed(lines) if line.startswith("{")), "{}")))


def _changes(entries: list[object]) -> Iterator[str]:
    """What `dvc status` says of a stage, without what is merely absent."""
    for entry in entries:
        if isinstance(entry, str):
            yield entry
            continue
        for paths in entry.values() if isinstance(entry, dict) else ():
            for path, change in paths.items():
                if isinstance(change, dict):
                    yield from (f"{path} {name} {kind}" for name, kind in change.items())
                elif change not in ABSENT:
                    yield f"{path} {change}"


def _outputs(project: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """The outputs of dvc.yaml with their settings."""
    for stage in yaml.safe_load((project / "dvc.yaml").read_text(encoding="utf-8"))["stages"].values():
        for entry in [*stage.get("outs", []), *stage.get("metrics", [])]:
            yield from entry.items() if isinstance(entry, dict) else [(entry, {})]
