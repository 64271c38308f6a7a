"""Run the same pure function over many tasks, on all cores of this machine or on a Dask cluster, in order."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from inkpipe.errors import InkpipeError

Task = TypeVar("Task")
Result = TypeVar("Result")

LOCAL = "local"
DASK = "dask://"
AHEAD = 2  # tasks a core that are submitted before their results are needed: no worker waits, and memory stays bounded


def available_cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0))


def map_in_order(
    workers: str, function: Callable[[Task], Result], tasks: Iterable[Task], processes: int | None = None
) -> Iterator[Result]:
    """Apply a function to many tasks in parallel. Worker processes end when this process does, even if it is killed.

    Args:
        workers: `local` for one process a core, or `dask://host:port` for the scheduler of a running cluster whose
            workers see the same files.
        function: a function of a module, of one argument.
        tasks: its arguments. They are taken as needed, so memory does not grow with their number.
        processes: local ones; None for one a core.

    Yields:
        `function(task)` for each task, in the order of the tasks.

    Raises:
        InkpipeError: `workers` is neither, the cluster cannot be reached, or workers were killed.
    """
    if workers == LOCAL:
        with _local_executor(processes or available_cores()) as (pool, cores):
            yield from _in_order(pool, function, tasks, AHEAD * cores)
    elif workers.startswith(DASK):
        from inkpipe.parallel.dask import cluster_executor

        with cluster_executor(workers) as (pool, cores):
            yield from _in_order(pool, function, tasks, AHEAD * cores)
    else:
        raise InkpipeError(f"workers must be `local` or `dask://host:port`. Received: {workers!r}.")


@contextmanager
def _local_executor(cores: int) -> Iterator[tuple[Executor, int]]:
    try:
        # "spawn": a fork of a process that runs TensorFlow or Arrow threads may deadlock
        with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn"), _end_with_parent) as pool:
            yield pool, cores
    except BrokenProcessPool as error:
        raise InkpipeError(
            f"A worker process was killed, as the system does when memory runs out. Received: {error} "
            "End other programs, and run again."
        ) from error


def _end_with_parent() -> None:
    """Let this worker process end when its parent is killed; otherwise it would wait for work forever."""

    def watch() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _in_order(
    pool: Executor, function: Callable[[Task], Result], tasks: Iterable[Task], ahead: int
) -> Iterator[Result]:
    waiting: deque[Future[Result]] = deque()
    for task in tasks:
        waiting.append(pool.submit(function, task))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
