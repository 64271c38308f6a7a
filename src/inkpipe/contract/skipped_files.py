"""The files and labels that `download` skipped, as `source.json` lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inkpipe.data.corpus import SOURCE, Corpus
from inkpipe.errors import InkpipeError

FORMER_KEY = "set_aside"  # of `skipped` in files of earlier versions


@dataclass(frozen=True)
class SkippedFiles:
    """All that was skipped for one reason.

    Attributes:
        count: how many files and labels.
        first: the first of them: `filename`, and `split`, `label` and `line` of the label file where they apply.
    """

    count: int
    first: Sequence[Mapping[str, Any]]


def skipped_at_ingest(corpus: Corpus) -> dict[str, SkippedFiles]:
    """Read what was skipped when a corpus was downloaded.

    Args:
        corpus: the corpus. Without `source.json` nothing was skipped.

    Returns:
        By reason, the most frequent first.

    Raises:
        InkpipeError: `source.json` is damaged, or was written by an earlier version.
    """
    described = corpus.source()
    if FORMER_KEY in described:
        raise _refusal(corpus, f"the key {FORMER_KEY!r}")
    try:
        skipped = {reason: SkippedFiles(**entry) for reason, entry in described.get("skipped", {}).items()}
    except (AttributeError, TypeError) as error:
        raise _refusal(corpus, error) from error
    return dict(sorted(skipped.items(), key=lambda item: -item[1].count))


def _refusal(corpus: Corpus, received: object) -> InkpipeError:
    return InkpipeError(
        f"{corpus.folder / SOURCE} is damaged or of an earlier version. Received: {received}. "
        "Remake it with `dvc repro -sf download`."
    )
