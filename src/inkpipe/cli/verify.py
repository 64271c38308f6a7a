"""`inkpipe verify`: does the committed tree reproduce?"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from inkpipe.files import project_root
from inkpipe.output import as_json, printable
from inkpipe.verification.all_steps import FULL, QUICK, USUAL, verify
from inkpipe.verification.machine import environment, record_environment
from inkpipe.verification.step import StepResult


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print each step as a line of a table, or all as JSON. The exit code is 1 if a step failed."""
    project = project_root()
    if arguments.record:
        print(f"{record_environment(project)} is written; commit it with dvc.lock", file=out)
        return 0
    if changes := _uncommitted(project):
        note = f"{len(changes)} uncommitted change(s) are not verified, such as {changes[0].strip()}"
        print(f"inkpipe verify: {printable(note, sys.stderr)}", file=sys.stderr)
    if arguments.full:
        print("inkpipe verify: the whole default pipeline takes 8 to 30 minutes on two cores", file=sys.stderr)
    results = []
    for result in verify(project, FULL if arguments.full else QUICK if arguments.quick else USUAL):
        results.append(result)
        if not arguments.json:
            for line in _lines(result):
                print(printable(line, out), file=out, flush=True)
    passed = all(result.passed for result in results)
    if arguments.json:
        content = {"passed": passed, "steps": [each.to_json() for each in results], "environment": environment()}
        print(as_json(content, out), file=out)
    return 0 if passed else 1


def _lines(result: StepResult) -> list[str]:
    first, *more = result.details or ("",)
    verdict = "passed" if result.passed else "FAILED"
    return [f"{verdict}  {result.name:<18} {result.seconds:>6.0f} s  {first}", *(f"{'':<37}{line}" for line in more)]


def _uncommitted(project: Path) -> list[str]:
    command = ["git", "status", "--porcelain"]  # fixed words
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.splitlines()
