"""The outcome of `validate` in words."""

from __future__ import annotations

from pathlib import Path

from inkpipe.contract.outcome import ContractOutcome


def summary(outcome: ContractOutcome) -> str:
    """Sum up an outcome.

    Args:
        outcome: the outcome of `validate`.

    Returns:
        One line: rows in, accepted and quarantined by reason, and synthetic rows and skipped files if there are any.
    """
    accepted = sum(count["accepted"] for count in outcome.counts.values())
    splits = ", ".join(f"{split} {count['accepted']:,}" for split, count in outcome.counts.items())
    reasons = ", ".join(f"{rule} {count:,}" for rule, count in outcome.by_reason.items())
    line = f"{len(outcome.table):,} rows in, {accepted:,} accepted ({splits}), {len(outcome.quarantined):,} quarantined"
    line += f" ({reasons})" if reasons else ""
    if synthetic := sum(count["accepted"] for count in outcome.synthetic.values()):
        line += f"; {synthetic:,} of the accepted rows are synthetic"
    if outcome.skipped_files:
        skipped = ", ".join(f"{reason} {files.count:,}" for reason, files in outcome.skipped_files.items())
        line += f"; {sum(files.count for files in outcome.skipped_files.values()):,} skipped at download ({skipped})"
    return line


def notices(outcome: ContractOutcome) -> list[str]:
    """Say what a person should know although the pipeline goes on.

    Args:
        outcome: the outcome of `validate`.

    Returns:
        A line for each rule that warns or quarantines.
    """
    return [
        f"{result.verdict}: {result.line()}"
        for result in outcome.results
        if result.verdict in ("warned", "quarantined")
    ]


def refusal(outcome: ContractOutcome, page: Path) -> str:
    """Say why the pipeline stops and what a person can do.

    Args:
        outcome: an outcome with rules that stop the pipeline.
        page: where the page for people lies.

    Returns:
        Several lines: each of those rules with count, fraction, first violations and advice.
    """
    lines = [f"  {result.line()}\n    {result.advice} (validate.rules.{result.rule})" for result in outcome.stopping]
    return (
        f"The data contract does not hold; {len(lines)} rule(s) stop the pipeline:\n"
        + "\n".join(lines)
        + f"\nSee {page}. If the data is right, change the rule's limits, tolerance or action."
    )
