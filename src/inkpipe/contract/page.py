"""The pages for people: the data in pictures and numbers, each rule's result, and what is quarantined and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from inkpipe.contract.messages import summary
from inkpipe.contract.outcome import ContractOutcome
from inkpipe.contract.write import VISIBLE, plot_tables
from inkpipe.data.corpus import SPLITS, Corpus
from inkpipe.files import whole_directory
from inkpipe.imaging import UnreadableImage, decode
from inkpipe.imaging.opencv import cv2
from inkpipe.pages import render
from inkpipe.pages.charts import SERIES, WIDTH, draw, grouped_bars
from inkpipe.rules.splits import CharacterCount

FIRST_ROWS = 8
EXAMPLES = 12  # pictures for each rule that quarantines rows, and lines for each reason to skip files
LARGEST = (480, 120)  # width and height in pixels: larger pictures are reduced, so that the page stays small
GROUP_WIDTH = 0.12  # inches of a chart for each group of three bars
CHART_HEIGHT = 2.6  # inches
NAMED_GROUPS = 80  # about as many names fit below a chart


class Picture(NamedTuple):
    """A row of the corpus to show.

    Attributes:
        split: `train`, `validation` or `test`.
        filename: its file name.
        label: the label as its source gives it, empty if there is none.
        image: a PNG of at most `LARGEST` pixels; None if the image does not decode.
        evidence: how the row violates the rule that it is shown for, empty if it is shown for none.
    """

    split: str
    filename: str
    label: str
    image: bytes | None
    evidence: str


def write_docs(folder: Path, outcome: ContractOutcome, corpus: Corpus) -> None:
    """Write `index.html`, the page for people, and `great_expectations.html`, Great Expectations' own page.

    Args:
        folder: is replaced as a whole.
        outcome: the outcome of `validate`.
        corpus: the corpus that it is of, for the pictures.

    Raises:
        InkpipeError: the folder cannot be written, or the disk is full.
    """
    with whole_directory(folder) as partial:
        (partial / "great_expectations.html").write_text(outcome.data_docs, encoding="utf-8")
        (partial / "index.html").write_text(render_page(outcome, corpus), encoding="utf-8")


def render_page(outcome: ContractOutcome, corpus: Corpus) -> str:
    """Render the page for people.

    Args:
        outcome: the outcome of `validate`.
        corpus: the corpus that it is of, for the pictures.

    Returns:
        HTML that needs no network. The same arguments give the same text.
    """
    counts = outcome.statistics["train"].characters
    rare = outcome.rules[CharacterCount].rare(counts)
    return render(
        "contract.html",
        outcome=outcome,
        summary=summary(outcome),
        first=_pictures(outcome, corpus, range(min(FIRST_ROWS, len(outcome.table))), None),
        expected={result.rule: result.expected for result in outcome.results},
        legend=dict(zip(SPLITS, SERIES, strict=True)),
        charts={
            name: _chart(table, [VISIBLE.get(c, c) for c in rare] if name == "characters" else ())
            for name, table in plot_tables(outcome.statistics).items()
        },
        rare={character: counts[character] for character in rare},
        quarantined={rule: _pictures(outcome, corpus, _spread(outcome, rule), rule) for rule in outcome.by_reason},
        examples=EXAMPLES,
    )


def _chart(table: pd.DataFrame, marked: Collection[str]) -> bytes:
    """Draw a distribution of the three splits, as SVG; its first column has the names of the groups."""
    names = [str(name) for name in table.iloc[:, 0]]
    series = {split: table[split].tolist() for split in SPLITS}
    bars = grouped_bars(names, series, marked=marked, every=1 + len(names) // NAMED_GROUPS)
    return draw(bars, format="svg", width=max(WIDTH, GROUP_WIDTH * len(names)), height=CHART_HEIGHT)


def _spread(outcome: ContractOutcome, rule: str) -> list[int]:
    """Some of the rows that are quarantined because of a rule, evenly spread over all of them."""
    rows = [row for row in outcome.quarantined if rule in outcome.reasons[row]]
    return [rows[place] for place in np.unique(np.linspace(0, len(rows) - 1, EXAMPLES).astype(int))]


def _pictures(outcome: ContractOutcome, corpus: Corpus, rows: Sequence[int], rule: str | None) -> list[Picture]:
    """Rows of the table, rising, with their images, and evidence against them if they are shown for a rule."""
    splits = outcome.table["split"]
    evidence = [by_rule[rule] for by_rule in outcome.evidence(rows)] if rule else [""] * len(rows)
    pictures = []
    for split, group in groupby(zip(rows, evidence, strict=True), key=lambda item: splits.iloc[item[0]]):
        items = list(group)
        start = int(splits.searchsorted(split))
        samples = corpus.samples(split, [row - start for row, _ in items])
        for (_, text), sample in zip(items, samples, strict=True):
            pictures.append(Picture(split, sample.filename, sample.label or "", _thumbnail(sample.image), text))
    return pictures


def _thumbnail(data: bytes | None) -> bytes | None:
    try:
        image = decode(data or b"")
    except UnreadableImage:
        return None
    height, width = image.shape
    scale = min(1.0, LARGEST[0] / width, LARGEST[1] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.imencode(".png", cv2.resize(image, size, interpolation=cv2.INTER_AREA))[1].tobytes()
