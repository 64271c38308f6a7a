"""The files and labels that `download` skipped, and what it noticed of the others, as `source.json` lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from inkpipe.data.corpus import SOURCE, Corpus
from inkpipe.errors import InkpipeError

FORMER_KEY = "set_aside"  # of `skipped` in files of earlier versions


@dataclass(frozen=True)
class SkippedFiles:
    """All that was skipped for one reason, or noticed.

    Attributes:
        count: how many files and labels.
        first: the first of them: `filename`, and `split`, `label`, `line` of the label file and `detail` where they
            apply.
    """

    count: int
    first: Sequence[Mapping[str, Any]]


class Listed(NamedTuple):
    """What `download` listed, by reason, the most frequent first.

    Attributes:
        skipped: files and labels that are no rows of the corpus.
        noticed: files and labels that are.
    """

    skipped: dict[str, SkippedFiles]
    noticed: dict[str, SkippedFiles]


def listed_at_ingest(corpus: Corpus) -> Listed:
    """Read what was skipped and noticed when a corpus was downloaded.

    Args:
        corpus: the corpus. Without `source.json` nothing was.

    Raises:
        InkpipeError: `source.json` is damaged, or was written by an earlier version.
    """
    described = corpus.source()
    if FORMER_KEY in described:
        raise _refusal(corpus, f"the key {FORMER_KEY!r}")
    try:
        return Listed(*(_by_count(described.get(key, {})) for key in ("skipped", "noticed")))
    except (AttributeError, TypeError) as error:
        raise _refusal(corpus, error) from error


def _by_count(listing: Mapping[str, Any]) -> dict[str, SkippedFiles]:
    files = {reason: SkippedFiles(**entry) for reason, entry in listing.items()}
    return dict(sorted(files.items(), key=lambda item: -item[1].count))


def _refusal(corpus: Corpus, received: object) -> InkpipeError:
    return InkpipeError(
        f"{corpus.folder / SOURCE} is damaged or of an earlier version. Received: {received}. "
        "Remake it with `dvc repro -sf download`."
    )
