"""What each rule says in words, what it shows of an offender, and the verdict on the rows that break it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from inkpipe.params import Params
from inkpipe.params.validate import RowRule

Verdict = Literal["passed", "warned", "quarantined", "stopped"]
Row = Mapping[Any, Any]  # a row of the fact table by column
FIRST = 10  # offenders named in the report


class RowText(NamedTuple):
    """A row rule in words.

    Attributes:
        wants: what a row must be, with the rule's own limits in braces.
        shows: what is wrong with a row that is not.
        advice: what to change if too many rows break it.
    """

    wants: str
    shows: Callable[[Row], str]
    advice: str


ROW_RULES: dict[str, RowText] = {
    "unique_filenames": RowText(
        "no file name twice in a split", lambda _: "not the only one", "Give every image of a split its own name."
    ),
    "label_present": RowText("a label", lambda _: "no label", "Complete the labels."),
    "label_usable": RowText(
        "a label other than {markers}", lambda row: repr(row["label"]), "Correct the labels, or change .markers."
    ),
    "label_characters": RowText(
        "characters of the Unicode categories {categories}, or of {extra}",
        lambda row: f"{row['label']!r} has {row['foreign']!r}",
        "Correct the labels, or add to .extra or .categories.",
    ),
    "label_length": RowText(
        "{min} to {max} characters",
        lambda row: f"{row['length']:.0f} characters",
        "Correct the labels, or change .min or .max.",
    ),
    "word_count": RowText(
        "{min} to {max} words", lambda row: f"{row['words']:.0f} words", "Correct the labels, or change .min or .max."
    ),
    "label_fits": RowText(
        "no more than {frames} frames for length + adjacent repeats",
        lambda row: f"{row['label']!r} needs {row['frames']:.0f} frames",
        "Raise preprocess.width, which gives the reader more frames.",
    ),
    "image_decodes": RowText("an image that decodes", lambda row: str(row["fault"]), "Replace or remove the images."),
    "image_size": RowText(
        "{min_width}-{max_width} x {min_height}-{max_height} pixels",
        lambda row: f"{row['width']:.0f} x {row['height']:.0f} pixels",
        "Give images of one line of writing, or change the limits.",
    ),
    "aspect": RowText(
        "{min} to {max} times as wide as high",
        lambda row: f"{row['width']:.0f} x {row['height']:.0f} pixels",
        "Give images of one line of writing, or change .min or .max.",
    ),
    "ink_share": RowText(
        "{min} to {max} of the pixels ink, {min_contrast} grey levels of contrast",
        lambda row: f"{row['ink']:.4f} ink, contrast {row['contrast']:.0f}",
        "Give dark writing on light paper, or change .min, .max or .min_contrast.",
    ),
    "identical_images": RowText(
        "no image of a later split, byte by byte",
        lambda row: f"is {row['identical_to']}",
        "Split the data so that no image is in two splits.",
    ),
    "near_identical_images": RowText(
        "no image of a later split saved anew (up to {distance} of 256 bits)",
        lambda row: f"resembles {row['resembles']}",
        "Split the data so that no image is in two splits, or lower .distance.",
    ),
}
LABEL_RULES = ("label_present", "label_usable", "label_characters", "label_length", "word_count", "label_fits")


@dataclass(frozen=True)
class Finding:
    """What came of a rule.

    Attributes:
        rule: its name in params.yaml.
        action: what params.yaml says to do about it.
        wants: what it asks for, in words.
        checked: rows, splits, characters or comparisons it looked at.
        failed: how many of them break it.
        unit: what `checked` and `failed` count.
        verdict: what was done.
        offenders: the first of those that break it, each with what is wrong.
        advice: what to change.
        tolerance: share that may break it, null for rules without one.
        figures: measurements behind the verdict.
    """

    rule: str
    action: str
    wants: str
    checked: int
    failed: int
    unit: str
    verdict: Verdict
    offenders: tuple[str, ...]
    advice: str
    tolerance: float | None = None
    figures: Mapping[str, float] | None = None

    @property
    def share(self) -> float:
        """`failed` of `checked`."""
        return self.failed / self.checked if self.checked else 0.0

    def line(self, offenders: int = 3) -> str:
        """The finding in one line, with its first offenders."""
        named = "; ".join(self.offenders[:offenders]) + ("; ..." if self.failed > offenders else "")
        allowed = "" if self.tolerance is None else f", tolerated {self.tolerance:.2%}"
        counted = f"{self.failed:,} of {self.checked:,} {self.unit} ({self.share:.2%}{allowed})"
        return f"{self.rule}: {counted} break it (wanted: {self.wants}). First: {named}"


def row_finding(name: str, params: Params, table: pd.DataFrame, rows: np.ndarray) -> Finding:
    """The verdict on the rows (indices into `table`) that break a row rule."""
    rule: RowRule = getattr(params.validate_.rules, name)
    limits = rule.model_dump() | {"frames": params.frames}
    text = ROW_RULES[name]
    return Finding(
        rule=name,
        action=rule.action,
        wants=text.wants.format_map({key: _plain(value) for key, value in limits.items()}),
        checked=len(table),
        failed=len(rows),
        unit="rows",
        verdict=_verdict(rule, len(rows), len(table), params.validate_.always_tolerated),
        offenders=tuple(
            f"{row['split']}/{row['filename']} ({offence(name, row)})"
            for row in table.iloc[rows[:FIRST]].to_dict("records")
        ),
        advice=text.advice,
        tolerance=rule.tolerance,
    )


def offence(name: str, row: Row) -> str:
    """What is wrong with a row of the fact table that breaks a rule."""
    return ROW_RULES[name].shows(row)


def _verdict(rule: RowRule, failed: int, checked: int, always_tolerated: int) -> Verdict:
    if not failed:
        return "passed"
    beyond = failed > rule.tolerance * checked
    if rule.action == "warn":
        return "warned" if beyond else "passed"
    spared = rule.action == "quarantine" and failed <= always_tolerated
    return "stopped" if beyond and not spared else "quarantined"


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
