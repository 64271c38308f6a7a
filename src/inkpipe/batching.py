"""Batches: how many there are, and those of a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batch_count(items: int, size: int) -> int:
    """How many batches hold all items, the last one with fewer.

    Args:
        items: number of items.
        size: items in a batch, at least 1.
    """
    return -(-items // size)


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of `size`, in their order; the last list may be shorter.

    Only one list is in memory at a time. (Python 3.12 has this in `itertools`; inkpipe runs on 3.11.)

    Args:
        items: any stream.
        size: items in a list, at least 1.
    """
    stream = iter(items)
    while batch := list(islice(stream, size)):
        yield batch
