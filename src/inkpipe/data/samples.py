"""The accepted samples of a corpus: those that the manifest accepts, with normalized labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from inkpipe.data.corpus import Corpus, Sample
from inkpipe.data.manifest import AcceptedRows, Manifest


@dataclass(frozen=True)
class AcceptedSamples:
    """The accepted samples of a split. They can be counted, and streamed more than once; images stay on disk.

    Attributes:
        corpus: where the images are.
        manifest: the manifest of this corpus. It is read once.
        split: `train`, `validation` or `test`.
    """

    corpus: Corpus
    manifest: Manifest
    split: str

    @cached_property
    def _accepted(self) -> AcceptedRows:
        return self.manifest.accepted(self.split)

    def __len__(self) -> int:
        """The number of accepted samples.

        Raises:
            InkpipeError: the manifest is absent or damaged.
        """
        return len(self._accepted.rows)

    def spread(self, count: int) -> Iterator[Sample]:
        """Stream some samples from all over the split, so that they are of many pages and writers.

        Args:
            count: at most.

        Raises:
            InkpipeError: a file is absent or damaged.
        """
        rows, texts = self._accepted
        step = max(1, -(-len(rows) // count))
        for label, sample in zip(texts[::step], self.corpus.samples(self.split, rows[::step]), strict=True):
            yield sample._replace(label=label)

    def __iter__(self) -> Iterator[Sample]:
        """Stream the samples in the corpus's order, with untouched image bytes and the manifest's labels.

        Raises:
            InkpipeError: a file is absent or damaged.
            ValueError: the corpus has fewer rows than the manifest, so they do not belong together.
        """
        rows, texts = self._accepted
        for label, sample in zip(texts, self.corpus.samples(self.split, rows), strict=True):
            yield sample._replace(label=label)
