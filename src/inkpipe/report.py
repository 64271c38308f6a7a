"""The report: one self-contained HTML page that reads offline, with the same bytes for the same findings."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from rapidfuzz.distance import Levenshtein

from inkpipe.analysis import Findings
from inkpipe.sheets import Example, encode_png

History = Mapping[str, Sequence[float]]  # columns of history.csv by name
ITEMS_SHOWN = 5  # of a list, such as the files that were set aside
RATES = {
    "exact": ("Read without an error", "share of the images whose whole text is right"),
    "cer": ("Character error rate", "edits to put the reads right, for each character of the labels"),
    "wer": ("Word error rate", "the same, counted in whole words"),
}
GROUPS = {
    "random": ("Picked at random", "What to expect day to day."),
    "sure and wrong": (
        "Sure of itself and wrong",
        "The errors that no threshold of confidence would catch. Look here first for labels that are wrong themselves.",
    ),
    "worst": ("Worst", "Most edits for the length of the label."),
    "best": ("Best", "Read without an error, with the most confidence."),
}


SHEETS = {
    "images": "Images as they came, before any cleaning. Synthetic ones should be hard to tell from real ones.",
    "preprocessing": "Every way to clean an image, each alone, whether this reader uses it or not.",
    "augmentation": "Every way to distort a training image, each alone, at half, full and double the strength that is "
    "set. A name that you cannot read any more is one that the reader cannot learn from.",
}


class Background(NamedTuple):
    """What the report tells besides the findings.

    Attributes:
        history: learning curves.
        source: what the images are.
        reader: what the reader is.
        sheets: contact sheets as PNGs, by the names in `SHEETS`.
    """

    history: History
    source: Mapping[str, Any]
    reader: Mapping[str, Any]
    sheets: Mapping[str, bytes]


def render_report(
    findings: Findings,
    examples: Mapping[str, Sequence[Example]],
    figures: Mapping[str, bytes],
    background: Background,
) -> str:
    """The report's HTML.

    Args:
        findings: what `analyse` found.
        examples: reads to show, by the names in `GROUPS`.
        figures: PNGs `calibration`, `cer_by_length`, `cer_by_character` and, if there was training, `learning_curves`.
        background: see there.
    """
    environment = Environment(
        loader=PackageLoader("inkpipe"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": percent,
        "readable": readable,
        "data_uri": data_uri,
        "picture": lambda image: data_uri(encode_png(image)),
    }
    return environment.get_template("report.html").render(
        findings=findings,
        metrics=findings.metrics(),
        rates=RATES,
        groups=[(*GROUPS[name], group) for name, group in examples.items() if group],
        difference=difference,
        figures=figures,
        sheets=[(SHEETS[name], png) for name, png in background.sheets.items()],
        source=dict(flatten({name: value for name, value in background.source.items() if name != "params"})),
        settings=dict(flatten(background.source.get("params", {}))),
        reader={**background.reader, "epochs trained": len(background.history["epoch"])},
    )


def percent(rate: float | None) -> str:
    """A rate as a person reads it: one decimal, two below one per cent."""
    if rate is None:
        return "none"
    return f"{100 * rate:.2f} %" if 0 < rate < 0.01 else f"{100 * rate:.1f} %"


def readable(value: Any) -> str:
    """A fact as a person reads it: thousands parted, of a long list its length and its start."""
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        start = ", ".join(map(str, value[:ITEMS_SHOWN]))
        return start if len(value) <= ITEMS_SHOWN else f"{len(value):,}: {start}, …"
    return str(value)


def data_uri(png: bytes) -> str:
    """PNG bytes as a URI that a page can carry."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def difference(label: str, read: str) -> list[tuple[str, str]]:
    """A read in pieces, each with what it is: `same`, `wrong` (read but not there) or `missed` (there but not read)."""
    pieces = []
    for op in Levenshtein.opcodes(label, read):
        there, seen = label[op.src_start : op.src_end], read[op.dest_start : op.dest_end]
        if op.tag == "equal":
            pieces.append(("same", seen))
        elif op.tag == "delete":
            pieces.append(("missed", there))
        else:
            pieces.append(("wrong", seen))
    return pieces


def flatten(content: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested mappings with their dotted names."""
    for name, value in content.items():
        dotted = f"{above}.{name}" if above else name
        if isinstance(value, Mapping):
            yield from flatten(value, dotted)
        else:
            yield dotted, value
