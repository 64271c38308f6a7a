"""The checks of the gate. To add one: a class in a file of its own, a line in `checks`, its entry in params.yaml."""

from inkpipe.params.promote import PromoteParams
from inkpipe.promotion.checks.check import FAILED, NOT_APPLICABLE, PASSED, Check, CheckResult
from inkpipe.promotion.checks.cost import NotMuchLarger, NotMuchSlower
from inkpipe.promotion.checks.floors import EnoughImages, GoodEnough
from inkpipe.promotion.checks.improvement import BetterThanChampion
from inkpipe.promotion.checks.regressions import NoSliceWorse
from inkpipe.promotion.paired_bootstrap import Resampling

__all__ = ["FAILED", "NOT_APPLICABLE", "PASSED", "Check", "CheckResult", "checks"]


def checks(params: PromoteParams, seed: int) -> list[Check]:
    """Make the checks that a candidate must pass.

    Args:
        params: their thresholds; a factor of None leaves its check out.
        seed: of the resampling.

    Returns:
        The checks in the order of their results.
    """
    resampling = Resampling(params.level, params.resamples, seed)
    all_checks: list[Check | None] = [
        EnoughImages(params.min_images),
        GoodEnough(params.max_cer),
        BetterThanChampion(params.min_improvement, resampling),
        NoSliceWorse(params.max_slice_regression, resampling),
        NotMuchLarger(params.max_size_factor) if params.max_size_factor else None,
        NotMuchSlower(params.max_latency_factor) if params.max_latency_factor else None,
    ]
    return [check for check in all_checks if check]
