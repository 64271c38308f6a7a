"""The result of a step of the verification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class StepResult:
    """A line of the verdict.

    Attributes:
        name: of the step.
        passed: whether it holds.
        details: what was found, a line each; of a failed step, what differs and what to do.
        seconds: how long it took.
    """

    name: str
    passed: bool
    details: tuple[str, ...] = ()
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The fields by name."""
        return {
            "step": self.name,
            "passed": self.passed,
            "details": list(self.details),
            "seconds": round(self.seconds, 1),
        }
