"""A decision for people: lines for the console, Markdown for the registry."""

from __future__ import annotations

from collections.abc import Iterator

from inkpipe.promotion.checks import CheckResult
from inkpipe.promotion.decision import Decision


def check_lines(decision: Decision) -> Iterator[str]:
    """A line for each check: verdict, name, value, threshold and explanation."""
    for result in decision.checks:
        yield f"{result.verdict:<14} {result.check:<20} {_numbers(result):<22} {result.subject}. {result.explanation}"


def decision_markdown(decision: Decision) -> str:
    """The decision as Markdown, for the description of its version."""
    rows = [
        f"| {result.verdict} | {result.check} | {_number(result.value)} | {_number(result.threshold)} "
        f"| {_cell(result.subject)}. {_cell(result.explanation)} |"
        for result in decision.checks
    ]
    table = ["| verdict | check | value | threshold | |", "| --- | --- | --- | --- | --- |", *rows] if rows else []
    cer = f"Test CER {decision.candidate.cer:.4f} on {int(decision.scores.get('n', 0)):,} images."
    return "\n".join([f"{decision.word}. {decision.reason}", "", cer, "", *table])


def _numbers(result: CheckResult) -> str:
    return f"{_number(result.value)} / {_number(result.threshold)}" if result.threshold is not None else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
