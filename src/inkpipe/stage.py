"""The wrapper of every stage script: a line before, the work, and a line after or one clear error message."""

from __future__ import annotations

import json
import os
import pkgutil
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.machinery import PathFinder
from pathlib import Path

import yaml

from inkpipe.errors import InkpipeError, without_passwords
from inkpipe.progress import say

OWN_FOLDER = Path(".dvc/tmp/exps")  # where DVC runs experiments that leave the working tree alone
# Gives an experiment that stops its MLflow run. A process of its own: only some stages import MLflow, which takes
# seconds, and what is logged of a stage that stopped cannot change its outputs.
LOG_STOP = (sys.executable, "-m", "inkpipe.tracking.stopped_stages")
INTERRUPTED = 130  # as shells count an end by SIGINT
GO_ON = "Run it again: a training goes on after its last finished epoch, another stage begins anew."


def run_stage(name: str, description: str, work: Callable[[], str]) -> None:
    """Run a stage and exit with its code. A DVC experiment that stops here gets an MLflow run that says why.

    Args:
        name: the stage's name in dvc.yaml.
        description: printed first, in a few words.
        work: does the work and returns one line that sums up the result.
    """
    say(f"[{name}] {description}")
    began, start = time.time(), time.monotonic()
    try:
        _check_interpreter()
        _check_packages()
        summary = work()
    except InkpipeError as error:
        print(f"[{name}] stopped: {error}{_way_back(name)}{_params_kept()}", file=sys.stderr, flush=True)
        _log_stop(name, "FAILED", str(error), began)
        sys.exit(1)
    except KeyboardInterrupt:
        print(f"\n[{name}] interrupted. {GO_ON}{_way_back(name)}{_params_kept()}", file=sys.stderr, flush=True)
        _log_stop(name, "KILLED", "It was interrupted.", began)
        sys.exit(INTERRUPTED)
    except Exception as error:  # a defect of inkpipe, which keeps its traceback
        _log_stop(name, "FAILED", f"{type(error).__name__}: {error}", began)
        raise
    say(f"[{name}] {summary} ({time.monotonic() - start:.0f} s)")


def _log_stop(name: str, status: str, reason: str, began: float) -> None:
    if not os.environ.get("DVC_EXP_NAME"):
        return
    record = {"stage": name, "status": status, "reason": without_passwords(reason), "began": began}
    done = subprocess.run(LOG_STOP, input=json.dumps(record), capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no message"])[-1]
        print(f"[{name}] MLflow has not recorded that this experiment stopped. Received: {why}", file=sys.stderr)


def _way_back(name: str) -> str:
    """What brings back the outputs that DVC removed before it ran the stage; empty if it removed none for good."""
    lock = Path("dvc.lock")
    if os.environ.get("DVC_STAGE") is None or not lock.exists() or _in_own_folder():
        return ""
    stage = yaml.safe_load(lock.read_text(encoding="utf-8")).get("stages", {}).get(name, {})
    removed = [out["path"] for out in stage.get("outs", []) if not Path(out["path"]).exists()]
    if not removed:
        return ""
    return f"\nDVC removed {' and '.join(removed)} before this run. `dvc checkout` brings back what the last one left."


def _in_own_folder() -> bool:
    """Whether this is an experiment of a queue or of `--temp`: its folder goes with it, params.yaml and outputs too."""
    return str(OWN_FOLDER) in str(Path.cwd())


def _params_kept() -> str:
    """What brings back the params.yaml that `dvc exp run -S` changed and leaves so; empty for any other run."""
    if os.environ.get("DVC_EXP_NAME") is None or _in_own_folder():
        return ""
    command = ["git", "diff", "--quiet", "HEAD", "--", "params.yaml"]
    try:
        changed = subprocess.run(command, check=False, capture_output=True).returncode == 1  # noqa: S603 - fixed words
    except OSError:  # no git, and then no committed values either
        return ""
    advice = "\nparams.yaml keeps the values of this run: `git checkout params.yaml` brings the committed ones back."
    return advice if changed else ""


def _check_interpreter() -> None:
    """Refuse Python without docstrings: libraries of Great Expectations need them while they are imported."""
    if sys.flags.optimize > 1:
        raise InkpipeError(
            f"Python runs without docstrings, which some libraries need. Received: optimize {sys.flags.optimize}. "
            "Unset PYTHONOPTIMIZE, or set it to 1."
        )


def _check_packages() -> None:
    """Refuse other packages than those that were installed for the project: they may compute other numbers."""
    given = os.environ.get("PYTHONPATH", "")
    folders = [os.path.abspath(folder) for folder in given.split(os.pathsep) if folder]  # noqa: PTH100 - as in sys.path
    if sys.flags.ignore_environment or not folders:
        return
    after = max((place for place, folder in enumerate(sys.path) if folder in folders), default=len(sys.path))
    installed = sys.path[after + 1 :]
    names = sorted({module.name for module in pkgutil.iter_modules(folders)} - {"inkpipe"})
    if hidden := [name for name in names if PathFinder.find_spec(name, installed)]:
        raise InkpipeError(
            f"PYTHONPATH hides packages of this environment. Received: {', '.join(hidden)} in {given}. "
            "Unset PYTHONPATH, or remove them there."
        )
