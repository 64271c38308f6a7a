from operator import neg

import pytest

from inkpipe.errors import InkpipeError
from inkpipe.workers import LOCAL, map_in_order


def test_results_come_in_the_order_of_tasks():
    assert list(map_in_order(LOCAL, neg, range(50))) == [-n for n in range(50)]


def test_tasks_are_drawn_only_a_little_ahead():
    drawn = []

    def tasks():
        for number in range(1000):
            drawn.append(number)
            yield number

    results = map_in_order(LOCAL, neg, tasks())
    assert next(results) == 0
    assert len(drawn) < 100
    results.close()


def test_unknown_workers_are_refused():
    with pytest.raises(InkpipeError, match=r"Received: 'many'"):
        list(map_in_order("many", neg, [1]))
