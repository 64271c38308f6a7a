import os
import signal
from operator import neg

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.parallel.pool import LOCAL, available_cores, map_in_order


def test_results_come_in_the_order_of_tasks():
    assert list(map_in_order(LOCAL, neg, range(50))) == [-n for n in range(50)]


def test_tasks_are_taken_only_a_little_ahead():
    taken = []

    def tasks():
        for number in range(1000):
            taken.append(number)
            yield number

    results = map_in_order(LOCAL, neg, tasks())
    assert next(results) == 0
    assert len(taken) < 100
    results.close()


def test_unknown_workers_are_refused():
    with pytest.raises(InkpipeError, match=r"Received: 'many'"):
        list(map_in_order("many", neg, [1]))


def test_cores_are_those_that_this_process_may_use():
    assert available_cores() == len(os.sched_getaffinity(0))


def fail(task):
    raise InkpipeError(f"task {task}")


def test_an_error_in_a_worker_is_raised_here():
    with pytest.raises(InkpipeError, match="task 3"):
        list(map_in_order(LOCAL, fail, [3]))


def die(task):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_is_killed_is_one_message():
    with pytest.raises(InkpipeError, match=r"A worker process was killed.*Received: A process in the process pool"):
        list(map_in_order(LOCAL, die, [1], 1))
