"""The interface of a source of labeled images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from inkpipe.data.corpus import Sample


class Source(Protocol):
    """Labeled images in three splits, given as a stream.

    The same settings and the same data give the same samples in the same order.
    """

    @property
    def extra_columns(self) -> Sequence[str]:
        """The columns that its samples have beside those of every corpus, in `Sample.extra`."""
        ...

    def describe(self) -> dict[str, Any]:
        """Where the samples come from, as JSON without path, time or host.

        Returns:
            `source` names the kind of source. `skipped` and `noticed` have the shape of `Listing.describe`; they are
            absent where a source cannot skip anything, or notices nothing. Both are complete once every split has been
            streamed.
        """
        ...

    def count(self, split: str) -> int:
        """The number of samples of a split; 0 for a split that the source does not have."""
        ...

    def samples(self, split: str) -> Iterator[Sample]:
        """Stream a split's samples: encoded bytes untouched, labels as the source gives them.

        Args:
            split: `train`, `validation` or `test`.

        Raises:
            InkpipeError: the source has no such split, or its data cannot be read.
        """
        ...
