"""The candidate is better than the champion, and that is not chance."""

from __future__ import annotations

from dataclasses import dataclass

from inkpipe.promotion.checks.check import NO_CHAMPION, CheckResult, verdict
from inkpipe.promotion.comparison import Comparison
from inkpipe.promotion.paired_bootstrap import Improvement, PairedEdits, Resampling, images_needed

NAME, SUBJECT = "min_improvement", "improvement of the CER, lower bound"


@dataclass(frozen=True)
class BetterThanChampion:
    """The lower bound of the improvement exceeds a margin.

    Attributes:
        min_improvement: the margin, in CER.
        resampling: of the paired bootstrap.
    """

    min_improvement: float
    resampling: Resampling

    def results(self, comparison: Comparison) -> list[CheckResult]:
        """One line: the lower bound of the improvement."""
        paired = comparison.paired
        if paired is None:
            return [CheckResult.not_applicable(NAME, SUBJECT, NO_CHAMPION)]
        improvement = paired.improvement(self.resampling)
        passed = improvement.low > self.min_improvement
        explanation = self._explanation(paired, improvement, passed)
        return [CheckResult(NAME, SUBJECT, improvement.low, self.min_improvement, verdict(passed), explanation)]

    def _explanation(self, paired: PairedEdits, improvement: Improvement, passed: bool) -> str:
        points, images = f"{abs(improvement.value) * 100:.2f} points", f"{len(paired):,} images"
        rates = f"CER {paired.candidate_cer:.4f} against the champion's {paired.champion_cer:.4f}"
        needed = f"more than {self.min_improvement * 100:g} points are needed (promote.min_improvement)"
        if improvement.value <= self.min_improvement:
            change = (
                "the same" if not improvement.value else f"{points} {'better' if improvement.value > 0 else 'worse'}"
            )
            return f"{rates} on {images}: {change}; {needed}."
        sure = f"with {self.resampling.level:.0%} certainty at least {improvement.low * 100:.2f}"
        if passed:
            return f"{rates} on {images}: {points} better, {sure}; {needed}."
        enough = images_needed(len(paired), improvement, self.min_improvement)
        return (
            f"{rates}: with {images} a difference of {points} cannot be told from chance ({sure}; {needed}). "
            f"About {enough:,} images would do."
        )
