"""The interface of the checks that a candidate must pass to become champion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

from inkpipe.promotion.comparison import Comparison

Verdict = Literal["passed", "failed", "not applicable"]
PASSED: Verdict = "passed"
FAILED: Verdict = "failed"
NOT_APPLICABLE: Verdict = "not applicable"
NO_CHAMPION = "There is no champion to compare with."


@dataclass(frozen=True)
class CheckResult:
    """The result of a check.

    Attributes:
        check: the name of the check.
        subject: what was measured, in a few words.
        value: the measured number; None if there is none, or if it differs from run to run.
        threshold: what it was held against; None if the check does not apply.
        verdict: the outcome.
        explanation: a sentence or two for people. If the check failed, it says what would have been needed.
    """

    check: str
    subject: str
    value: float | None
    threshold: float | None
    verdict: Verdict
    explanation: str

    @classmethod
    def not_applicable(cls, check: str, subject: str, explanation: str) -> CheckResult:
        """The result of a check that cannot be held against the candidate.

        Args:
            check: its name.
            subject: what would have been measured.
            explanation: why it does not apply.
        """
        return cls(check, subject, None, None, NOT_APPLICABLE, explanation)

    def to_json(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


class Check(Protocol):
    """A condition that a candidate must meet. To add one, see the README."""

    def results(self, comparison: Comparison) -> Sequence[CheckResult]:
        """Hold the condition against the candidate.

        Args:
            comparison: candidate and champion on the same images.

        Returns:
            At least one result. The candidate is rejected if any has failed.
        """
        ...


def verdict(passed: bool) -> Verdict:
    """`passed` or `failed`."""
    return PASSED if passed else FAILED
