"""What follows from violations of the rules on rows: the rows that are quarantined, and the result of a rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from inkpipe.rules import RowRule
from inkpipe.rules.result import RuleResult
from inkpipe.rules.rule import Context, LabelRule

Violations = Mapping[str, np.ndarray]  # by rule, the rows that violate it, as rising indices into the fact table


def quarantined_rows(rules: Iterable[RowRule], violations: Violations, rows: int) -> np.ndarray:
    """Tell which rows violate a rule that does more than warn.

    Args:
        rules: rules on rows. Those that are not in `violations` were not checked and quarantine no row.
        violations: the rows that violate these rules.
        rows: number of rows of the fact table.

    Returns:
        bool (rows,).
    """
    mask = np.zeros(rows, bool)
    for _, violating in _quarantining(rules, violations):
        mask[violating] = True
    return mask


def unusable_rows(rules: Iterable[RowRule], violations: Violations, rows: int) -> np.ndarray:
    """Tell which rows are quarantined because their label is unusable, see `LabelRule.unusable`.

    Args:
        rules: as of `quarantined_rows`.
        violations: as of `quarantined_rows`.
        rows: number of rows of the fact table.

    Returns:
        bool (rows,).
    """
    on_labels = [rule for rule in rules if isinstance(rule, LabelRule) and rule.unusable]
    return quarantined_rows(on_labels, violations, rows)


def quarantine_reasons(rules: Iterable[RowRule], violations: Violations) -> dict[int, list[str]]:
    """Collect the rules that each quarantined row violates.

    Args:
        rules: as of `quarantined_rows`.
        violations: as of `quarantined_rows`.

    Returns:
        The names of the rules by row, in the order of the rules.
    """
    reasons: dict[int, list[str]] = {}
    for name, violating in _quarantining(rules, violations):
        for row in violating.tolist():
            reasons.setdefault(row, []).append(name)
    return reasons


def judge_rows(
    rule: RowRule, table: pd.DataFrame, violating: np.ndarray, checked: int, context: Context, examples: int
) -> RuleResult:
    """Judge a rule that some rows of the fact table violate.

    Args:
        rule: the rule.
        table: the fact table.
        violating: the rows that violate the rule, as rising indices into the table.
        checked: number of rows that were checked.
        context: as of `RowRule.judge`.
        examples: number of violating rows that the result describes at most.
    """
    described = table.iloc[violating[:examples]].to_dict("records")
    return rule.judge(len(violating), checked, described, context)


def _quarantining(rules: Iterable[RowRule], violations: Violations) -> Iterator[tuple[str, np.ndarray]]:
    """The rules that quarantine the rows that violate them, by name, with these rows."""
    for rule in rules:
        if rule.action != "warn" and rule.name in violations:
            yield rule.name, violations[rule.name]
