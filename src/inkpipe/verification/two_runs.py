"""Run a small profile of the pipeline twice from a clean state, and compare every output byte by byte."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inkpipe.errors import InkpipeError
from inkpipe.params.load import dump_yaml, read_content
from inkpipe.verification.difference import first_difference
from inkpipe.verification.lock_file import Output, locked_outputs
from inkpipe.verification.scratch import Scratch
from inkpipe.verification.step import StepResult

PROFILE = Path("profiles/verify.yaml")


def verify_two_runs(scratch: Scratch) -> StepResult:
    """Run the profile twice and compare all outputs of dvc.lock.

    Args:
        scratch: a clone; it is left as it was committed.

    Raises:
        InkpipeError: the profile cannot be read, or git fails.
    """
    first = scratch.folder.with_name("first")
    for run in ("first", "second"):
        scratch.clean()
        apply_profile(scratch.folder / "params.yaml", scratch.folder / PROFILE)
        for file in (scratch.folder / "dvc.lock", *_committed_results(scratch)):
            file.unlink(missing_ok=True)
        done = scratch.run("dvc", "repro", "--force")  # else a run cache that both share answers the second
        if done.code:
            return StepResult(
                "two runs", False, (f"`dvc repro` fails in the {run} run:", *done.last_lines.splitlines())
            )
        if run == "first":
            for output in locked_outputs(scratch.folder):
                _copy(scratch.folder / output.path, first / output.path)
    outputs = locked_outputs(scratch.folder)
    differences = list(_differences(outputs, first, scratch.folder))
    scratch.clean()
    if differences:
        return StepResult("two runs", False, tuple(differences))
    return StepResult("two runs", True, (f"{len(outputs)} outputs of {PROFILE} are the same bytes",))


def apply_profile(params: Path, profile: Path) -> None:
    """Put the values of a profile into params.yaml. The order and the comments of params.yaml are lost.

    Args:
        params: the file to change.
        profile: nested values, each of a parameter that exists.

    Raises:
        InkpipeError: the profile is absent, or has a parameter that params.yaml lacks.
    """
    if not profile.exists():
        raise InkpipeError(f"The profile to verify with does not exist. Received: {profile}. Commit it.")
    content = read_content(params)
    _merge(content, read_content(profile), profile.name)
    params.write_text(dump_yaml(content), encoding="utf-8")


def _merge(content: dict[str, Any], values: Mapping[str, Any], profile: str) -> None:
    for name, value in values.items():
        if name not in content:
            raise InkpipeError(f"{profile} sets what params.yaml does not have. Received: {name}. Correct its name.")
        if isinstance(value, Mapping) and isinstance(content[name], dict):
            _merge(content[name], value, profile)
        else:
            content[name] = value


def _committed_results(scratch: Scratch) -> list[Path]:
    """The outputs that git keeps: those of another run must not be taken for this one's."""
    paths = [scratch.folder / output.path for output in locked_outputs(scratch.folder)]
    return [path for path in paths if path.exists()]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


def _differences(outputs: list[Output], first: Path, second: Path) -> list[str]:
    places = ((output, first_difference(first / output.path, second / output.path)) for output in outputs)
    return [f"stage {output.stage}, {output.path}: {place}" for output, place in places if place]
