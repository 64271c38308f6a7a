"""What every champion must reach, also the first one."""

from __future__ import annotations

from dataclasses import dataclass

from inkpipe.promotion.checks.check import CheckResult, verdict
from inkpipe.promotion.comparison import Comparison


@dataclass(frozen=True)
class EnoughImages:
    """There are test images enough to judge a model by.

    Attributes:
        min_images: the smallest number.
    """

    min_images: int

    def results(self, comparison: Comparison) -> list[CheckResult]:
        """One line: the number of test images."""
        images = len(comparison.labels)
        passed = images >= self.min_images
        explanation = f"{images:,} test images; at least {self.min_images:,} are needed (promote.min_images)."
        if not passed:
            explanation += " Raise data.folder.test_fraction, or label more images."
        return [CheckResult("min_images", "test images", images, self.min_images, verdict(passed), explanation)]


@dataclass(frozen=True)
class GoodEnough:
    """The candidate's CER is acceptable by itself.

    Attributes:
        max_cer: the highest acceptable CER.
    """

    max_cer: float

    def results(self, comparison: Comparison) -> list[CheckResult]:
        """One line: the candidate's CER."""
        cer = round(comparison.cer, 6)
        explanation = f"CER {cer:.4f}; at most {self.max_cer:g} is allowed (promote.max_cer)."
        return [CheckResult("max_cer", "test CER", cer, self.max_cer, verdict(cer <= self.max_cer), explanation)]
