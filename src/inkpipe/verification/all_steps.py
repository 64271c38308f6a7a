"""All steps of the verification, one after the other in one clone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from inkpipe.verification.full_run import verify_full_run
from inkpipe.verification.lock_file import verify_committed, verify_lock
from inkpipe.verification.machine import verify_environment
from inkpipe.verification.scratch import Scratch, cloned
from inkpipe.verification.step import StepResult
from inkpipe.verification.two_runs import verify_two_runs

Step = Callable[[Scratch], StepResult]
QUICK: tuple[Step, ...] = (verify_lock, verify_committed, lambda scratch: verify_environment(scratch.folder))
USUAL: tuple[Step, ...] = (*QUICK, verify_two_runs)
FULL: tuple[Step, ...] = (*USUAL, verify_full_run)


def verify(project: Path, steps: Sequence[Step] = USUAL) -> Iterator[StepResult]:
    """Verify the commit that a project is at.

    Args:
        project: the root of a git repository with the pipeline.
        steps: `QUICK`, `USUAL` or `FULL`.

    Yields:
        The result of each step, as soon as it is known.

    Raises:
        InkpipeError: the project cannot be cloned, or has no lock or no profile.
    """
    with cloned(project) as scratch:
        for step in steps:
            start = time.monotonic()
            result = step(scratch)
            yield replace(result, seconds=time.monotonic() - start)
