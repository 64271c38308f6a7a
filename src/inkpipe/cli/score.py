"""`inkpipe score`: how well a reader reads labelled images."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from inkpipe.cli.common import interval, open_folder, opened, project_params
from inkpipe.errors import InkpipeError
from inkpipe.imaging import UnreadableImage
from inkpipe.metrics import Scores, score
from inkpipe.progress import track
from inkpipe.sources.folder import FolderSource
from inkpipe.sources.set_aside import FILE_WITHOUT_LABEL, UNPAIRED

if TYPE_CHECKING:
    from inkpipe.serving.reader import ReadsEach

UNREADABLE_LABELS = ("UNREADABLE", "EMPTY")  # what the Kaggle set writes where nobody could tell
EMPTY_LABEL, UNREADABLE_LABEL, UNREADABLE_IMAGE = "empty label", "unreadable label", "unreadable image"
REASONS = (EMPTY_LABEL, UNREADABLE_LABEL, UNREADABLE_IMAGE, *UNPAIRED, FILE_WITHOUT_LABEL)
RESAMPLES, SEED = 1000, 42  # outside of a project, as the project's defaults are


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Print the scores and what was set aside by reason, for people or as JSON."""
    source = open_folder(arguments.data)
    with opened(arguments.model) as reader:
        scores, aside = score_split(reader, source, arguments.split)
    if arguments.json:
        set_aside = {reason.replace(" ", "_"): aside[reason] for reason in REASONS}
        print(json.dumps({**scores.to_json(), "set_aside": set_aside}, indent=2), file=out)
        return 0
    rates = scores.to_json()
    print(f"{scores.n:,} images of {arguments.data}, {arguments.split}, read with {arguments.model}", file=out)
    for name, rate in (("CER", "cer"), ("WER", "wer"), ("exact match", "exact")):
        print(f"  {name:<12}{interval(rates, rate)}", file=out)
    counts = ", ".join(f"{aside[reason]:,} {reason}" for reason in REASONS if aside[reason])
    print(f"  set aside   {counts or 'nothing'}", file=out)
    return 0


def score_split(reader: ReadsEach, source: FolderSource, split: str) -> tuple[Scores, Counter[str]]:
    """Scores of a reader on a split, its labels normalised as the reader's own were; and what was set aside, by reason.

    Raises:
        InkpipeError: the source has no such split, or nothing in it can be scored.
    """
    aside = source.set_aside.counts((split, None))
    labels, texts = [], []
    for label, found in reader.read_each(_labelled(reader, source, split, aside)):
        if isinstance(found, UnreadableImage):
            aside[UNREADABLE_IMAGE] += 1
        else:
            labels.append(label)
            texts.append(found.text)
    if not labels:
        counts = ", ".join(f"{count:,} {reason}" for reason, count in aside.items()) or "no image"
        raise InkpipeError(f"Nothing in the {split} split can be scored. Received: {counts}. Give labelled images.")
    params = project_params()
    resamples, seed = (params.evaluate.bootstrap, params.seed) if params else (RESAMPLES, SEED)
    return score(labels, texts, resamples, seed), aside


def _labelled(reader: ReadsEach, source: FolderSource, split: str, aside: Counter[str]) -> Iterator[tuple[str, bytes]]:
    for sample in track(source.samples(split), source.count(split), f"reading {split} images"):
        label = reader.vocabulary.normalise(sample.label or "")
        if not label:
            aside[EMPTY_LABEL] += 1
        elif label.upper() in UNREADABLE_LABELS:
            aside[UNREADABLE_LABEL] += 1
        else:
            yield label, sample.image
