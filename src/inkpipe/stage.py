"""How every stage script runs: say what it does, do it, end in one clear message if it cannot."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from inkpipe.errors import InkpipeError
from inkpipe.progress import say


def run_stage(name: str, does: str, work: Callable[[], str]) -> None:
    """Run a stage and exit with its code.

    Args:
        name: the stage's name in dvc.yaml.
        does: what it does, in a few words, printed first.
        work: does it and returns one line that sums up the outcome.
    """
    say(f"[{name}] {does}")
    start = time.monotonic()
    try:
        outcome = work()
    except InkpipeError as error:
        print(f"[{name}] stopped: {error}", file=sys.stderr, flush=True)
        sys.exit(1)
    say(f"[{name}] {outcome} ({time.monotonic() - start:.0f} s)")
