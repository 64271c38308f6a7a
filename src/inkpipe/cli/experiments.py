"""`inkpipe experiments`: every DVC experiment beside its MLflow run."""

from __future__ import annotations

import argparse
import os
from typing import TextIO

from inkpipe.files import project_root
from inkpipe.output import as_json, printable
from inkpipe.tracking import connect
from inkpipe.tracking.kept_runs import log_kept_experiments
from inkpipe.tracking.liveness import close_interrupted
from inkpipe.tracking.run_table import ExperimentRow, experiment_rows

HEAD = ("experiment", "baseline", "status", "val CER", "test CER", "changes")


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print each experiment with the run of its name, and why it stopped if it did; or that there is none.

    Before that, experiments without a run get one, and runs whose process was killed are ended.
    """
    os.chdir(project_root())
    store = connect()
    close_interrupted(store)
    log_kept_experiments(store)
    rows = experiment_rows(store)
    if arguments.json:
        print(as_json([row._asdict() for row in rows], out), file=out)
        return 0
    if not rows:
        print("no DVC experiment has run; `dvc exp run -S lr=0.0005` is one", file=out)
        return 0
    table = [HEAD, *map(_cells, rows)]
    widths = [max(len(cells[column]) for cells in table) for column in range(len(HEAD) - 1)]
    for cells, reason in zip(table, [None, *(row.reason for row in rows)], strict=True):
        line = "  ".join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)), cells[-1]])
        print(printable(line, out), file=out)
        for each in reason.splitlines() if reason else ():
            print(printable(f"    {each}", out), file=out)
    return 0


def _cells(row: ExperimentRow) -> tuple[str, ...]:
    rates = ("" if rate is None else f"{rate:.4f}" for rate in (row.val_cer, row.test_cer))
    return (row.experiment, row.baseline[:7], row.status, *rates, row.changes or "")
