"""Progress that a person can follow: what is done, how far, how fast, how long still."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def bar(total: int, does: str, unit: str = "image") -> tqdm:
    """A progress bar with count, rate and ETA on standard error; sparse lines where nobody watches (CI, a log)."""
    watched = sys.stderr.isatty()
    return tqdm(
        total=total,
        desc=does,
        unit=f" {unit}",
        mininterval=0.2 if watched else 20.0,
        smoothing=0.05,  # work comes in batches: a rate over the last few only would jump
        dynamic_ncols=watched,
        file=sys.stderr,
    )


def track(items: Iterable[T], total: int, does: str, unit: str = "image") -> Iterator[T]:
    """Yield `items` while a bar counts them."""
    with bar(total, does, unit) as shown:
        for item in items:
            yield item
            shown.update()


def say(text: str) -> None:
    """Print one line for the person who watches, at once."""
    print(text, flush=True)
