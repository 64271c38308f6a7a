"""Run the same pure function over many tasks, on all cores of this machine or on a Dask cluster, in order."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import TypeVar

from inkpipe.errors import InkpipeError

Task = TypeVar("Task")
Result = TypeVar("Result")

LOCAL = "local"
DASK = "dask://"


def available_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def map_in_order(workers: str, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
    """Yield `function(task)` for each task, in the tasks' order, at most a few tasks a worker ahead of the reader.

    Args:
        workers: `local` for one process a core, or `dask://host:port` for the scheduler of a running cluster whose
            workers see the same files.
        function: a module-level function of one argument.
        tasks: what it is called with; drawn lazily, so memory does not grow with their number.

    Raises:
        InkpipeError: `workers` is neither, or the cluster cannot be reached.
    """
    if workers == LOCAL:
        cores = available_cores()
        # "spawn": a fork of a process that runs TensorFlow or Arrow threads may deadlock
        with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn"), _end_with_parent) as pool:
            yield from _in_order(pool, function, tasks, ahead=2 * cores)
    elif workers.startswith(DASK):
        from inkpipe.cluster import cluster_executor

        with cluster_executor(workers) as (pool, cores):
            yield from _in_order(pool, function, tasks, ahead=2 * cores)
    else:
        raise InkpipeError(f"workers must be `local` or `dask://host:port`. Received: {workers!r}.")


def _end_with_parent() -> None:
    """Let this worker process end when the one that started it is killed; by itself it would wait for work for ever."""

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
