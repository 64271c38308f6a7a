"""The accepted samples of a corpus: what the manifest lets pass, with normalized labels."""

from __future__ import annotations

from collections.abc import Iterator

from inkpipe.data.corpus import Corpus, Sample
from inkpipe.data.manifest import Manifest


def accepted_samples(corpus: Corpus, manifest: Manifest, split: str) -> Iterator[Sample]:
    """Stream the accepted samples of a split, in the corpus's order.

    Args:
        corpus: where the images are.
        manifest: the manifest of this corpus.
        split: `train`, `validation` or `test`.

    Yields:
        Samples with the untouched image bytes and the normalized label of the manifest.

    Raises:
        InkpipeError: a file is absent or damaged.
        ValueError: the corpus has fewer rows than the manifest, so they do not belong together.
    """
    accepted = manifest.accepted(split)
    for label, sample in zip(accepted.texts, corpus.samples(split, accepted.rows), strict=True):
        yield sample._replace(label=label)
