"""The outcome of `validate` in words."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from math import ceil
from pathlib import Path

from inkpipe.contract.outcome import ContractOutcome
from inkpipe.data.corpus import NOT_TRANSCRIBED
from inkpipe.rules import leakage
from inkpipe.rules.result import RuleResult

LEAKAGE = frozenset(rule.name for rule in leakage.RULES)
GROUPS = leakage.GroupsApart.name


def summary(outcome: ContractOutcome) -> str:
    """Sum up an outcome.

    Args:
        outcome: the outcome of `validate`.

    Returns:
        One line: rows in, accepted and quarantined by reason, and what is synthetic, not transcribed yet, or skipped.
    """
    accepted = sum(count["accepted"] for count in outcome.counts.values())
    splits = ", ".join(f"{split} {count['accepted']:,}" for split, count in outcome.counts.items())
    reasons = ", ".join(f"{rule} {count:,}" for rule, count in outcome.by_reason.items())
    line = f"{len(outcome.table):,} rows in, {accepted:,} accepted ({splits}), {len(outcome.quarantined):,} quarantined"
    line += f" ({reasons})" if reasons else ""
    if synthetic := sum(count["accepted"] for count in outcome.synthetic.values()):
        line += f"; {synthetic:,} of the accepted rows are synthetic"
    if outcome.not_transcribed:
        line += f"; {outcome.not_transcribed:,} not transcribed yet"
    lost = {reason: files.count for reason, files in outcome.skipped_files.items() if reason not in NOT_TRANSCRIBED}
    if lost:
        skipped = ", ".join(f"{reason} {count:,}" for reason, count in lost.items())
        line += f"; {sum(lost.values()):,} skipped at download ({skipped})"
    return line


def notices(outcome: ContractOutcome) -> list[str]:
    """Say what a person should know although the pipeline goes on.

    Args:
        outcome: the outcome of `validate`.

    Returns:
        A line for each thing noticed at download, for the form of labels and what it changes in them, and for each
        rule that warns or quarantines.
    """
    noticed = [f"noticed at download: {reason}: {files.count:,}" for reason, files in outcome.noticed_files.items()]
    form = outcome.form
    decided = [f"vocabulary.case: auto takes {form.case}: {form.reason}"] if form.reason else []
    return [*noticed, *decided, *outcome.changes.lines()] + [
        f"{result.verdict}: {result.line()}"
        for result in outcome.results
        if result.verdict in ("warned", "quarantined")
    ]


def refusal(outcome: ContractOutcome, page: Path, data: str | None = None) -> str:
    """Say why the pipeline stops and what a person can do.

    Args:
        outcome: an outcome with rules that stop the pipeline.
        page: where the page for people lies.
        data: the path of a person's own labeled images; None for other sources.

    Returns:
        Several lines: each of those rules with count, fraction, first violations and advice, and the next command.
    """
    lines = [f"  {result.line()}\n    {result.advice} (validate.rules.{result.rule})" for result in outcome.stopping]
    return (
        f"The data contract does not hold; {len(lines)} rule(s) stop the pipeline:\n"
        + "\n".join(lines)
        + f"\nSee {page}. If the data is right, change the rule's limits, tolerance or action."
        + (f"\nNext: {_next_command(outcome.stopping, data)}" if data else "")
    )


def _next_command(stopping: Sequence[RuleResult], data: str) -> str:
    """What to do next. Rules against leakage are not for `inspect` where it has not looked at all images."""
    leaks = [result for result in stopping if result.rule in LEAKAGE]
    if len(leaks) < len(stopping):
        return f"inkpipe inspect {shlex.quote(data)} proposes parameters that fit this data."
    groups, copies = ([each for each in leaks if (each.rule == GROUPS) is of_groups] for of_groups in (True, False))
    options = [f"-S validate.rules.{each.rule}.action=warn" for each in groups]
    options += [f"-S validate.rules.{each.rule}.tolerance={ceil(each.fraction * 1000) / 1000}" for each in copies]
    does = ["accepts that splits share groups, whose hands the model then knows"] if groups else []
    does += ["quarantines the images that a later split has too"] if copies else []
    return f"dvc exp run {' '.join(options)} {', and '.join(does)}."
