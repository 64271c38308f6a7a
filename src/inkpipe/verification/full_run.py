"""Reproduce the whole default pipeline in a clone, and compare it with the committed results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from inkpipe.verification.lock_file import Output, locked_outputs
from inkpipe.verification.machine import environment, recorded_environment, same_cpu_kind
from inkpipe.verification.scratch import Scratch
from inkpipe.verification.step import StepResult

TOLERANCE, METRICS = Path("profiles/tolerance.yaml"), Path("data/metrics.json")
SAME_EVERYWHERE = ("download", "validate", "vocabulary", "preprocess")  # the stages before train


def verify_full_run(scratch: Scratch) -> StepResult:
    """Reproduce the committed results.

    The outputs of the stages before train must be the committed bytes everywhere; on the same kind of CPU as the
    recorded one, those of all stages. On another kind each metric may differ by its declared tolerance.

    Args:
        scratch: a clone without data; it is left with the outputs of the run.
    """
    scratch.clean()
    committed = locked_outputs(scratch.folder)
    metrics = scratch.folder / METRICS
    expected = json.loads(metrics.read_text(encoding="utf-8")) if metrics.exists() else {}
    done = scratch.run("dvc", "repro", "--force")
    if done.code:
        return StepResult("full run", False, ("`dvc repro` fails:", *done.last_lines.splitlines()))
    recorded = recorded_environment(scratch.folder)
    same_kind = recorded is not None and same_cpu_kind(environment(), recorded)
    differing = _differing(committed, locked_outputs(scratch.folder))
    strict = [output for output in differing if same_kind or output.stage in SAME_EVERYWHERE]
    tolerance = yaml.safe_load((scratch.folder / TOLERANCE).read_text(encoding="utf-8"))
    beyond = [] if same_kind else _beyond(expected, json.loads(metrics.read_text(encoding="utf-8")), tolerance)
    details = [f"stage {output.stage}: {output.path} has other bytes" for output in differing] + beyond
    kind = "the recorded kind" if same_kind else "another kind than the recorded one, or none is recorded"
    return StepResult("full run", not strict and not beyond, (*details, f"the CPU is of {kind}"))


def _differing(committed: list[Output], made: list[Output]) -> list[Output]:
    digests = {output.path: output.md5 for output in made}
    return [output for output in committed if digests.get(output.path) != output.md5]


def _beyond(expected: Mapping[str, float], found: Mapping[str, float], tolerance: Mapping[str, float]) -> list[str]:
    """The metrics that differ by more than their tolerance, or were never committed."""
    lines = []
    for name, most in tolerance.items():
        before, now = expected.get(name), found.get(name)
        if before is None or now is None or abs(now - before) > most:
            lines.append(f"{name}: {now} here, {before} committed; at most {most:g} apart is allowed ({TOLERANCE})")
    return lines
