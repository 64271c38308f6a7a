"""The page for people: what is in the corpus, what was set aside and why. One file that reads offline."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from inkpipe.contract.charts import COLOURS, bar_chart
from inkpipe.contract.judgement import Judgement
from inkpipe.contract.outputs import VISIBLE, plot_tables
from inkpipe.contract.rules import ROW_RULES, offence
from inkpipe.contract.splits import rare_characters
from inkpipe.corpus import SPLITS, read_rows
from inkpipe.imaging import UnreadableImage, decode

FIRST_ROWS = 8
SAMPLES = 12  # of each reason
LARGEST = (480, 120)  # pixels: larger pictures are shown smaller


class Picture(NamedTuple):
    """A row with its image as a data URI, null if it does not decode, and what is wrong with it."""

    split: str
    filename: str
    label: str
    image: str | None
    evidence: str


def write_page(path: Path, judgement: Judgement, raw: Path) -> None:
    """Write the page; `raw` is the corpus, from which the pictures are taken."""
    environment = Environment(
        loader=PackageLoader("inkpipe"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("contract.html").render(
        judgement=judgement,
        charts=_charts(judgement),
        legend=list(zip(SPLITS, COLOURS, strict=True)),
        rare=rare_characters(judgement.statistics["train"], judgement.params.validate_.rules.character_count.min),
        counts=judgement.statistics["train"].characters,
        first=_pictures(judgement, raw, list(range(min(FIRST_ROWS, len(judgement.table)))), None),
        aside={rule: _pictures(judgement, raw, _spread(judgement, rule), rule) for rule in judgement.by_reason},
        named=SAMPLES,
        wants={found.rule: found.wants for found in judgement.findings},
    )
    path.write_text(page, encoding="utf-8")


def _charts(judgement: Judgement) -> dict[str, str]:
    least = judgement.params.validate_.rules.character_count.min
    rare = {VISIBLE.get(c, c) for c in rare_characters(judgement.statistics["train"], least)}
    return {name: _chart(table, rare if name == "characters" else ()) for name, table in plot_tables(judgement).items()}


def _chart(table: pd.DataFrame, marked: Any) -> str:
    names = [str(name) for name in table.iloc[:, 0]]
    return bar_chart(names, {split: table[split].tolist() for split in SPLITS}, marked, every=1 + len(names) // 80)


def _spread(judgement: Judgement, rule: str) -> list[int]:
    """Rows that break a rule, evenly spread over all that do."""
    rows = [row for row in judgement.quarantined if rule in judgement.reasons[row]]
    return [rows[place] for place in np.unique(np.linspace(0, len(rows) - 1, SAMPLES).astype(int))]


def _pictures(judgement: Judgement, raw: Path, rows: Sequence[int], rule: str | None) -> list[Picture]:
    """The rows of the table, rising, with their images."""
    facts = judgement.table.iloc[list(rows)].to_dict("records")
    starts = judgement.table["split"].searchsorted(list(SPLITS))
    pictures = []
    for split, group in groupby(zip(rows, facts, strict=True), key=lambda item: item[1]["split"]):
        items = list(group)
        start = int(starts[SPLITS.index(split)])
        samples = read_rows(raw, split, [row - start for row, _ in items])
        for (_, fact), sample in zip(items, samples, strict=True):
            evidence = offence(rule, fact) if rule in ROW_RULES else ""
            pictures.append(Picture(split, sample.filename, sample.label or "", _data_uri(sample.image), evidence))
    return pictures


def _data_uri(data: bytes | None) -> str | None:
    try:
        image = decode(data or b"")
    except UnreadableImage:
        return None
    height, width = image.shape
    scale = min(1.0, LARGEST[0] / width, LARGEST[1] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    png = cv2.imencode(".png", cv2.resize(image, size, interpolation=cv2.INTER_AREA))[1].tobytes()
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
