"""The result of a rule: how many violations there are, which ones, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["passed", "warned", "quarantined", "stopped"]


@dataclass(frozen=True)
class RuleResult:
    """The result of a rule on a corpus.

    Attributes:
        rule: the rule's name in params.yaml.
        action: the rule's action in params.yaml.
        expected: what the rule demands, in words.
        checked: the number of rows, splits, characters or comparisons that were checked.
        violations: how many of them violate the rule.
        unit: what `checked` and `violations` count.
        verdict: what follows.
        examples: the first violations, each with what was observed.
        advice: how a person may correct the data or the rule.
        tolerance: the fraction of violations that is tolerated; None for rules without a tolerance.
        observed: the measurements behind the verdict, by name.
    """

    rule: str
    action: str
    expected: str
    checked: int
    violations: int
    unit: str
    verdict: Verdict
    examples: tuple[str, ...]
    advice: str
    tolerance: float | None = None
    observed: Mapping[str, float] = field(default_factory=dict)

    @property
    def fraction(self) -> float:
        """The fraction of what was checked that violates the rule, 0 to 1."""
        return self.violations / self.checked if self.checked else 0.0

    def line(self, examples: int = 3) -> str:
        """Describe the violations in one line.

        Args:
            examples: the number of violations to name.

        Returns:
            Rule, counts, expectation and examples.
        """
        named = "; ".join(self.examples[:examples]) + ("; ..." if self.violations > examples else "")
        tolerated = "" if self.tolerance is None else f", tolerated {self.tolerance:.2%}"
        counts = f"{self.violations:,} of {self.checked:,} {self.unit} ({self.fraction:.2%}{tolerated})"
        return f"{self.rule}: {counts} violate it. Expected: {self.expected}. First: {named}"
