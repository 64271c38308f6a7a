"""Progress bars and lines for the person who runs a stage."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

from inkpipe.errors import without_passwords

T = TypeVar("T")
# Seconds between updates: on a terminal, and in a log or in CI, where each update is a line.
TERMINAL_INTERVAL, LOG_INTERVAL = 0.2, 20.0


def bar(total: int, description: str, unit: str = "image") -> tqdm:
    """A progress bar on standard error with count, rate and remaining time.

    Args:
        total: the count at the end.
        description: printed before the bar.
        unit: the name of one item.
    """
    terminal = sys.stderr.isatty()
    return tqdm(
        total=total,
        desc=description,
        unit=f" {unit}",
        mininterval=TERMINAL_INTERVAL if terminal else LOG_INTERVAL,
        smoothing=0.05,  # work comes in batches: a rate over the last few only would jump
        dynamic_ncols=terminal,
        file=sys.stderr,
    )


def track(items: Iterable[T], total: int, description: str, unit: str = "image") -> Iterator[T]:
    """Yield items while a bar counts them; arguments as of `bar`."""
    with bar(total, description, unit) as progress:
        for item in items:
            yield item
            progress.update()


def say(text: str) -> None:
    """Print one line on standard output at once, without the passwords of URIs."""
    print(without_passwords(text), flush=True)
