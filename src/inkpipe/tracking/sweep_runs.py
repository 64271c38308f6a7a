"""The MLflow run of a sweep, which the runs of its trials stand below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from inkpipe.params import Params
from inkpipe.tracking.code_state import code_state
from inkpipe.tracking.exclusive import RUNS, exclusive
from inkpipe.tracking.liveness import close_interrupted
from inkpipe.tracking.run_tags import SWEEP
from inkpipe.tracking.runs import TrainingRun, find_runs, running, start_run
from inkpipe.tracking.store import Store, translate_errors


@contextmanager
def sweep_run(store: Store, name: str, params: Params, tags: Mapping[str, str]) -> Iterator[TrainingRun]:
    """Open the run of a sweep. A sweep that is continued goes on with its earlier run.

    Args:
        store: to log to.
        name: of the sweep.
        params: the parameters of the project.
        tags: in addition, when it begins.

    Yields:
        The run. It ends with the block: finished, failed or killed.

    Raises:
        InkpipeError: the store fails.
    """
    close_interrupted(store)
    with exclusive(store, RUNS), translate_errors():  # another machine may begin the same sweep
        earlier = [run for run in find_runs(store, {SWEEP: name}) if run.info.run_name == name]
        if earlier:
            run = TrainingRun(store, earlier[0].info.run_id)
            store.client.update_run(run.run_id, status="RUNNING")
        else:
            run = start_run(store, params, None, code_state(), {SWEEP: name, **tags}, name)
    with running(run):
        yield run
