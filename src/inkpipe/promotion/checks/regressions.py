"""The candidate is not worse than the champion on a part of the images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inkpipe.evaluation.slices import FEW
from inkpipe.promotion.checks.check import NO_CHAMPION, CheckResult, verdict
from inkpipe.promotion.comparison import Comparison
from inkpipe.promotion.paired_bootstrap import PairedEdits, Resampling

NAME = "max_slice_regression"


@dataclass(frozen=True)
class NoSliceWorse:
    """No slice is worse by more than a set amount, as far as that is not chance.

    The lower bound of the worsening is held against the amount: of some thirty slices a few are always a little worse
    by chance alone. Slices of fewer than 30 images are counted and not judged.

    Attributes:
        max_slice_regression: the amount, in CER.
        resampling: of the paired bootstrap.
    """

    max_slice_regression: float
    resampling: Resampling

    def results(self, comparison: Comparison) -> list[CheckResult]:
        """A line for each fact that the images are sliced by: its worst slice."""
        if comparison.paired is None:
            return [CheckResult.not_applicable(NAME, "slices", NO_CHAMPION)]
        return [self._result(comparison.paired, fact, parts) for fact, parts in comparison.slices.items()]

    def _result(self, paired: PairedEdits, fact: str, parts: Mapping[str, Sequence[int]]) -> CheckResult:
        judged = {name: paired.part(rows) for name, rows in parts.items() if len(rows) >= FEW}
        few = len(parts) - len(judged)
        skipped = f" {few} slice(s) of fewer than {FEW} images are not judged." if few else ""
        if not judged:
            return CheckResult.not_applicable(NAME, f"slices by {fact}", skipped.strip())
        worsening = {name: -part.improvement(self.resampling).high + 0.0 for name, part in judged.items()}
        worst = max(worsening, key=lambda name: worsening[name])
        part, value = judged[worst], worsening[worst]
        explanation = (
            f"Worst of {len(judged)}: {worst} ({len(part):,} images), CER {part.candidate_cer:.4f} against "
            f"{part.champion_cer:.4f}; certainly worse by at most {self.max_slice_regression * 100:g} points is "
            f"allowed (promote.max_slice_regression).{skipped}"
        )
        passed = verdict(value <= self.max_slice_regression)
        return CheckResult(NAME, f"slices by {fact}", value, self.max_slice_regression, passed, explanation)
