"""`inkpipe sweep`: search good parameters by many trainings, and let the pipeline reproduce the best."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, TextIO

from inkpipe.errors import InkpipeError
from inkpipe.files import project_root
from inkpipe.output import counted
from inkpipe.params.set_param import set_param

TOLERANCE = 1e-9  # of a validation CER that the pipeline has reproduced


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Run trials, write pictures, and replay the best one as a DVC experiment.

    Args:
        arguments: `name` (None for one that follows from the search), `trials` (None for sweep.trials), `workers`
            (trials at once on this machine; None for as many as fit) and `no_replay`.
        out: gets a line for each trial, the best one, and where pictures and experiment are.

    Returns:
        0; 1 if no trial was completed, or if the pipeline gives the best one another validation CER.

    Raises:
        InkpipeError: the ranges cannot be searched, an output of an earlier stage is absent, or a store fails.
    """
    if arguments.workers is not None and arguments.workers < 1:
        raise InkpipeError(f"A sweep needs a worker. Received: --workers {arguments.workers}. Give at least 1.")
    if arguments.trials is not None and arguments.trials < 1:
        raise InkpipeError(f"A sweep needs a trial. Received: --trials {arguments.trials}. Give at least 1.")
    project = project_root()
    os.chdir(project)  # git and params.yaml are those of the project
    from inkpipe.dataset.records import Records
    from inkpipe.params.load import read_content
    from inkpipe.sweep.study import Sweep
    from inkpipe.sweep.trial_training import RECORDS, train_prepared
    from inkpipe.tracking import connect

    records = Records(project / RECORDS).digest()
    sweep = Sweep.of(project, read_content(), records, train_prepared, arguments.name)
    trials = arguments.trials or sweep.params.sweep.trials
    print(f"{sweep.name}: up to {trials} trials, kept in {_masked(sweep.storage)}", file=out, flush=True)
    for result in sweep.run(connect(), trials, arguments.workers):
        rate = "no epoch" if result.val_cer is None else f"validation CER {result.val_cer:.4f}"
        state = "" if result.state == "complete" else f" ({result.state} after {counted(result.epochs, 'epoch')})"
        print(f"trial {result.number}: {rate}{state}, {_listed(result.values)}", file=out, flush=True)
    best = sweep.best()
    print(*sorted(sweep.folder.iterdir()), sep="\n", file=out)
    if best is None:
        print("No trial was completed.", file=out)
        return 1
    print(f"best: trial {best.number}, validation CER {best.val_cer:.4f}, {_listed(best.values)}", file=out, flush=True)
    name = f"{sweep.name}-trial-{best.number}"
    command = ["dvc", "exp", "run", "--temp", "-n", name, *_settings(best.values)]
    if arguments.no_replay:
        print(f"to reproduce and promote it: {shlex.join(command)}", file=out)
        return 0
    return _replay(project, name, command, best.val_cer, out)


def _replay(project: Path, name: str, command: list[str], expected: float, out: TextIO) -> int:
    """Let the pipeline train with the values of the best trial, and compare what it finds."""
    from inkpipe.tracking import connect
    from inkpipe.tracking.dvc_experiments import kept_experiments
    from inkpipe.tracking.run_table import experiment_rows

    if name not in {kept.experiment.name for kept in kept_experiments()}:
        print(shlex.join(command), file=out, flush=True)
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        done = subprocess.run(command, cwd=project, env=environment, stdout=sys.stderr, check=False)  # noqa: S603
        if done.returncode:
            raise InkpipeError(
                f"The pipeline does not reproduce the best trial. Received: exit code {done.returncode} of "
                f"`{shlex.join(command)}`. Its messages stand above; run the command again once they are settled."
            )
    rows = [row for row in experiment_rows(connect()) if row.experiment == name]
    if not rows or rows[-1].val_cer is None:
        raise InkpipeError(
            f"The experiment has no run with a validation CER. Received: {name}. See `inkpipe experiments`."
        )
    found, test = rows[-1].val_cer, rows[-1].test_cer
    tested = "" if test is None else f", test CER {test:.4f}"
    print(f"experiment {name}: validation CER {found:.4f}{tested}; `dvc exp apply {name}` takes it over", file=out)
    if abs(found - expected) > TOLERANCE:
        print(f"The pipeline gives another validation CER than the trial: {found} and {expected}.", file=out)
        return 1
    return 0


def _settings(values: Any) -> list[str]:
    return [word for name, value in values.items() for word in ("-S", set_param(name, value))]


def _listed(values: Any) -> str:
    return ", ".join(
        f"{name} {value if isinstance(value, str) else json.dumps(value)}" for name, value in values.items()
    )


def _masked(storage: str) -> str:
    """A storage without its password."""
    head, at, host = storage.rpartition("@")
    return f"{head.split('://')[0]}://...@{host}" if at and "://" in head else storage
