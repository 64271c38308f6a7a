"""Reproduce the whole default pipeline in a clone, and compare it with the committed results."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from inkpipe.errors import InkpipeError
from inkpipe.verification.lock_file import Output, locked_outputs
from inkpipe.verification.machine import environment, recorded_environment, same_cpu_kind
from inkpipe.verification.scratch import Scratch
from inkpipe.verification.step import StepResult

TOLERANCE, METRICS = Path("profiles/tolerance.yaml"), Path("data/metrics.json")
# The stages before train. Without AVX2, or on ARM, OpenCV rounds a few pixels otherwise.
SAME_EVERYWHERE = ("download", "validate", "vocabulary", "preprocess")
# What this stage leaves depends on the champion in the registry, which is no part of a commit: a clone has none.
OF_THE_REGISTRY = "promote"
Metrics = Mapping[str, float]


def verify_full_run(scratch: Scratch) -> StepResult:
    """Reproduce the committed results.

    The outputs of the stages before train must be the committed bytes on every x86 with AVX2; on the same kind of CPU
    as the recorded one, those of all stages but the one that asks the registry. On another kind each metric may differ
    by its declared tolerance.

    Args:
        scratch: a clone without data; it is left with the outputs of the run.

    Raises:
        InkpipeError: there is no lock, no committed metrics.json or no tolerance to compare with, or git fails.
    """
    scratch.clean()
    committed = [output for output in locked_outputs(scratch.folder) if output.stage != OF_THE_REGISTRY]
    expected, tolerance = _committed_metrics(scratch.folder), _tolerance(scratch.folder)
    done = scratch.run("dvc", "repro", "--force")
    if done.code:
        return StepResult("full run", False, ("`dvc repro` fails:", *done.last_lines.splitlines()))
    recorded = recorded_environment(scratch.folder)
    same_kind = recorded is not None and same_cpu_kind(environment(), recorded)
    differing = _differing(committed, locked_outputs(scratch.folder))
    strict = [output for output in differing if same_kind or output.stage in SAME_EVERYWHERE]
    beyond = [] if same_kind else list(_beyond(expected, _committed_metrics(scratch.folder), tolerance))
    details = [f"stage {output.stage}: {output.path} has other bytes" for output in differing] + beyond
    if not differing:
        details = [f"{len(committed)} outputs are the committed bytes"]
    kind = "the recorded kind" if same_kind else "another kind than the recorded one, or none is recorded"
    return StepResult("full run", not strict and not beyond, (*details, f"the CPU is of {kind}"))


def _committed_metrics(project: Path) -> Metrics:
    path = project / METRICS
    if not path.exists():
        raise InkpipeError(
            f"There are no metrics to compare with. Received: no {METRICS}. Run `dvc repro` and commit it."
        )
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _tolerance(project: Path) -> Metrics:
    path = project / TOLERANCE
    content = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    if not isinstance(content, dict) or not all(isinstance(value, int | float) for value in content.values()):
        raise InkpipeError(
            f"The tolerances must be numbers by the names of metrics. Received: {content!r} in {TOLERANCE}. Commit it."
        )
    return dict(content)


def _differing(committed: list[Output], made: list[Output]) -> list[Output]:
    digests = {output.path: output.md5 for output in made}
    return [output for output in committed if digests.get(output.path) != output.md5]


def _beyond(expected: Metrics, found: Metrics, tolerance: Metrics) -> Iterator[str]:
    """The metrics that differ by more than their tolerance, or that only one of the runs has."""
    for name in sorted(expected.keys() | found.keys()):
        most = tolerance.get(re.sub(r"_(low|high)$", "", name), 0)
        before, now = expected.get(name), found.get(name)
        if before is None or now is None or not abs(now - before) <= most:  # NaN is not within
            yield f"{name}: {now} here, {before} committed; at most {most:g} apart is allowed ({TOLERANCE})"
