"""The runs of DVC experiments as a table."""

from __future__ import annotations

from typing import NamedTuple

from inkpipe.tracking.run_tags import CHANGES, DESCRIPTION
from inkpipe.tracking.runs import experiment_of, find_runs
from inkpipe.tracking.store import Store, translate_errors


class ExperimentRow(NamedTuple):
    """A DVC experiment and its run. Its fields are the keys of `inkpipe experiments --json`.

    Attributes:
        experiment: its name.
        baseline: the commit that it started from.
        run_id: MLflow's id of its run.
        status: RUNNING, FINISHED, FAILED or KILLED.
        val_cer: of the best epoch, 0 upwards; None if no epoch ended.
        test_cer: None if it was not evaluated.
        changes: the parameters that differ from those of the baseline; None if they are not known.
        reason: why it stopped; None if it did not, or if nothing told it.
    """

    experiment: str
    baseline: str
    run_id: str
    status: str
    val_cer: float | None
    test_cer: float | None
    changes: str | None
    reason: str | None


@translate_errors()
def experiment_rows(store: Store) -> list[ExperimentRow]:
    """List the runs of DVC experiments, the oldest first.

    Args:
        store: of the runs.

    Raises:
        InkpipeError: the store fails.
    """
    rows = []
    for run in sorted(find_runs(store, {}), key=lambda run: run.info.start_time):
        if experiment := experiment_of(run):
            metrics, tags, stopped = run.data.metrics, run.data.tags, run.info.status in ("FAILED", "KILLED")
            rates = (metrics.get("best/val_cer", metrics.get("val/cer")), metrics.get("test/cer"))
            rows.append(
                ExperimentRow(
                    *(*experiment, run.info.run_id, run.info.status, *rates),
                    changes=tags.get(CHANGES),
                    reason=tags.get(DESCRIPTION) if stopped else None,
                )
            )
    return rows
