"""A running Dask cluster as an executor."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import inkpipe
from inkpipe import __version__
from inkpipe.errors import InkpipeError

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 10  # until a scheduler must have answered, and until it must have a worker


@contextmanager
def cluster_executor(workers: str) -> Iterator[tuple[Executor, int]]:
    """Connect to a running cluster for the length of the block.

    Args:
        workers: `dask://host:port` of its scheduler.

    Yields:
        An executor, and the number of threads of its workers.

    Raises:
        InkpipeError: Dask is not installed, no scheduler answers there, the cluster has no workers, or it has another
            version of inkpipe. Also, if the block raises that the workers of a task were killed again and again.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise InkpipeError(
            f"{workers} needs Dask, which is not installed. Install the extra: `uv sync --extra dask`."
        ) from error
    address = workers.replace("dask://", "tcp://", 1)
    try:
        client = Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise InkpipeError(
            f"No Dask scheduler answers at {workers} within {CONNECT_SECONDS} s. Received: {error}. "
            "Start one (`dask scheduler`, `dask worker ADDRESS`), or set runtime.workers to local."
        ) from error
    with client:
        _require_workers(client, workers)
        try:
            # else the cluster runs equal tasks once, as those of a sweep's trials are
            yield client.get_executor(pure=False), max(1, sum(client.ncores().values()))
        except KilledWorker as error:  # a task goes to another worker until too many have ended with it
            raise InkpipeError(
                f"Workers of the Dask cluster at {workers} were killed, as a system does when memory runs out. "
                f"Received: {error} Give them more memory, and run again."
            ) from error


def _require_workers(client: Client, workers: str) -> None:
    """Refuse, before any work, a cluster on which the work would wait forever or end in one of Dask's errors."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError as error:
        raise InkpipeError(
            f"The Dask cluster at {workers} has no workers, and none appeared within {CONNECT_SECONDS} s. "
            "Start some (`dask worker ADDRESS`), or set runtime.workers to local."
        ) from error
    answers: dict[str, object] = client.run(installed_version, on_error="return")
    try:
        answers["the scheduler"] = client.run_on_scheduler(installed_version)
    except ImportError as error:
        answers["the scheduler"] = error
    if different := [f"{name} ({answer})" for name, answer in answers.items() if answer != __version__]:
        raise InkpipeError(
            f"The Dask cluster at {workers} does not have inkpipe {__version__}. Received: {', '.join(different)}. "
            "Install the same version where its scheduler and workers run."
        )


def installed_version() -> str:
    """The version of inkpipe in the process that calls this."""
    return inkpipe.__version__
