"""A running Dask cluster as an executor."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from inkpipe.errors import InkpipeError

CONNECT_SECONDS = 10


@contextmanager
def cluster_executor(workers: str) -> Iterator[tuple[Executor, int]]:
    """Yield an executor on the cluster at `dask://host:port`, and how many threads it has.

    Raises:
        InkpipeError: Dask is not installed, or no scheduler answers there.
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
        yield client.get_executor(), max(1, sum(client.ncores().values()))
