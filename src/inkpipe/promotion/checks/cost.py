"""The candidate does not cost much more than the champion."""

from __future__ import annotations

from dataclasses import dataclass

from inkpipe.promotion.checks.check import NO_CHAMPION, CheckResult, verdict
from inkpipe.promotion.comparison import Comparison


@dataclass(frozen=True)
class NotMuchLarger:
    """The files of the model do not grow by more than a factor.

    Attributes:
        max_size_factor: of the champion's size.
    """

    max_size_factor: float

    def results(self, comparison: Comparison) -> list[CheckResult]:
        """One line: the candidate's size as a multiple of the champion's."""
        size, before = comparison.candidate.size, comparison.champion.size if comparison.champion else None
        name, subject = "max_size_factor", "size of the model's files / champion's"
        if not size or not before:
            unknown = "The champion's size is not known." if comparison.champion else NO_CHAMPION
            return [CheckResult.not_applicable(name, subject, unknown)]
        factor = round(size / before, 3)
        explanation = (
            f"{size / 1e6:.2f} MB against {before / 1e6:.2f} MB; at most {self.max_size_factor:g} times as much is "
            "allowed (promote.max_size_factor)."
        )
        passed = verdict(factor <= self.max_size_factor)
        return [CheckResult(name, subject, factor, self.max_size_factor, passed, explanation)]


@dataclass(frozen=True)
class NotMuchSlower:
    """The time of an image does not grow by more than a factor. The result holds no time, so that it is reproducible.

    Attributes:
        max_latency_factor: of the champion's time.
    """

    max_latency_factor: float

    def results(self, comparison: Comparison) -> list[CheckResult]:
        """One line: whether the candidate is fast enough."""
        name, subject = "max_latency_factor", "time of an image / champion's"
        if comparison.latencies is None:
            return [CheckResult.not_applicable(name, subject, NO_CHAMPION)]
        passed = comparison.latencies.candidate <= self.max_latency_factor * comparison.latencies.champion
        explanation = (
            f"At most {self.max_latency_factor:g} times the champion's time is allowed (promote.max_latency_factor); "
            "the times stand in the version's tags."
        )
        return [CheckResult(name, subject, None, self.max_latency_factor, verdict(passed), explanation)]
