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

CONNECT_SECONDS = 10


@contextmanager
def cluster_executor(workers: str) -> Iterator[tuple[Executor, int]]:
    """Yield an executor on the cluster at `dask://host:port`, and how many threads it has.

    Raises:
        InkpipeError: Dask is not installed, no scheduler answers there, or the cluster has no workers or not this
            version of inkpipe.
    """
    try:
        from distributed import Client
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
            "Start one (`dask scheduler`, `dask worker ADDRESS`), or set preprocess.workers to local."
        ) from error
    with client:
        _require_workers(client, workers)
        yield client.get_executor(), max(1, sum(client.ncores().values()))


def _require_workers(client: Client, workers: str) -> None:
    """Ask before the work what would make it wait for ever, or end in an error of Dask's own, later."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError as error:
        raise InkpipeError(
            f"The Dask cluster at {workers} has no workers, and none came within {CONNECT_SECONDS} s. "
            "Start some (`dask worker ADDRESS`), or set preprocess.workers to local."
        ) from error
    answers: dict[str, object] = client.run(installed_version, on_error="return")
    try:
        answers["the scheduler"] = client.run_on_scheduler(installed_version)
    except ImportError as error:
        answers["the scheduler"] = error
    if strange := [f"{name} ({answer})" for name, answer in answers.items() if answer != __version__]:
        raise InkpipeError(
            f"The Dask cluster at {workers} does not have inkpipe {__version__}. Received: {', '.join(strange)}. "
            "Install the same version where its scheduler and workers run."
        )


def installed_version() -> str:
    """The version of inkpipe where this runs."""
    return inkpipe.__version__
