"""What every source of labelled images offers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from inkpipe.corpus import Sample


class Source(Protocol):
    """Labelled images in three splits, given as a stream.

    The same settings and the same data give the same samples in the same order.
    """

    def describe(self) -> dict[str, Any]:
        """What the samples are and from where, as JSON without path, time or host; what was set aside, if anything."""
        ...

    def count(self, split: str) -> int:
        """How many samples `samples(split)` yields; 0 for a split that the source does not have."""
        ...

    def samples(self, split: str) -> Iterator[Sample]:
        """Stream a split's samples: encoded bytes untouched, labels as the source gives them, null if it gives none."""
        ...
