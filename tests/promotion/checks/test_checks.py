import pytest

from inkpipe.params.promote import PromoteParams
from inkpipe.promotion.checks import CheckResult, checks
from inkpipe.promotion.checks.cost import NotMuchLarger, NotMuchSlower
from inkpipe.promotion.checks.floors import EnoughImages, GoodEnough
from inkpipe.promotion.checks.improvement import BetterThanChampion
from inkpipe.promotion.checks.regressions import NoSliceWorse
from inkpipe.promotion.comparison import Latencies


def verdicts(check, comparison):
    return [result.verdict for result in check.results(comparison)]


def test_the_number_of_images_has_a_floor(compare):
    assert verdicts(EnoughImages(3), compare([0, 0, 0])) == ["passed"]
    assert EnoughImages(4).results(compare([0, 0, 0])) == [
        CheckResult(
            "min_images",
            "test images",
            3,
            4,
            "failed",
            "3 test images; at least 4 are needed (promote.min_images). "
            "Raise data.folder.test_fraction, or label more images.",
        )
    ]


def test_the_cer_has_a_ceiling_for_the_first_model_too(compare):
    assert verdicts(GoodEnough(0.2), compare([2, 2])) == ["passed"]
    assert GoodEnough(0.1).results(compare([1, 2])) == [
        CheckResult("max_cer", "test CER", 0.15, 0.1, "failed", "CER 0.1500; at most 0.1 is allowed (promote.max_cer).")
    ]


class TestBetterThanChampion:
    def test_a_certain_improvement_passes(self, compare, resampling):
        (result,) = BetterThanChampion(0.0, resampling).results(compare([1] * 50, [2] * 50))
        assert (result.value, result.threshold, result.verdict) == (0.1, 0.0, "passed")
        assert result.explanation == (
            "CER 0.1000 against the champion's 0.2000 on 50 images: 10.00 points better, with 95% certainty at least "
            "10.00; more than 0 points are needed (promote.min_improvement)."
        )

    def test_a_tie_fails(self, compare, resampling):
        assert verdicts(BetterThanChampion(0.0, resampling), compare([1, 2], [1, 2])) == ["failed"]

    def test_an_improvement_of_exactly_the_margin_fails(self, compare, resampling):
        (result,) = BetterThanChampion(0.1, resampling).results(compare([1] * 9, [2] * 9))
        assert result.verdict == "failed"
        assert result.explanation == (
            "CER 0.1000 against the champion's 0.2000 on 9 images: 10.00 points better; more than 10 points are "
            "needed (promote.min_improvement)."
        )

    def test_an_improvement_that_may_be_chance_fails_and_says_how_many_images_would_tell(self, compare, resampling):
        candidate, champion = [1, 0] * 10, [0, 2] * 10
        (result,) = BetterThanChampion(0.0, resampling).results(compare(candidate, champion))
        assert result.verdict == "failed"
        assert result.value < 0
        assert "with 20 images a difference of 5.00 points cannot be told from chance" in result.explanation
        needed = 20 * ((0.05 - result.value) / 0.05) ** 2
        assert result.explanation.endswith(f"About {-(-needed // 1):.0f} images would do.")

    def test_a_worse_model_is_told_by_how_much(self, compare, resampling):
        (result,) = BetterThanChampion(0.0, resampling).results(compare([2], [1]))
        assert "10.00 points worse; more than 0 points are needed" in result.explanation

    def test_there_may_be_no_champion(self, compare, resampling):
        assert verdicts(BetterThanChampion(0.0, resampling), compare([9])) == ["not applicable"]


class TestNoSliceWorse:
    def test_each_fact_has_a_line_that_names_its_worst_slice(self, compare, resampling):
        facts = {"origin": ["real"] * 40 + ["synthetic"] * 60}
        comparison = compare([3] * 40 + [0] * 60, [1] * 40 + [2] * 60, facts=facts)
        origin, confidence = NoSliceWorse(0.02, resampling).results(comparison)
        assert (origin.subject, origin.value, origin.verdict) == ("slices by origin", 0.2, "failed")
        assert origin.explanation == (
            "Worst of 2: real (40 images), CER 0.3000 against 0.1000; certainly worse by at most 2 points is allowed "
            "(promote.max_slice_regression)."
        )
        assert confidence.subject == "slices by confidence of both models"

    def test_a_slice_that_is_worse_by_no_more_than_allowed_passes(self, compare, resampling):
        comparison = compare([2] * 40, [1] * 40, facts={"ink": [0.1] * 20 + [0.2] * 20})
        assert set(verdicts(NoSliceWorse(0.1, resampling), comparison)) <= {"passed", "not applicable"}

    def test_a_slice_that_is_worse_by_chance_passes(self, compare, resampling):
        facts = {"origin": ["a"] * 50 + ["b"] * 50}
        candidate, champion = ([1, 0, 0, 0, 1] + [0] * 45) + [0] * 50, ([0, 1, 0, 0, 0] + [0] * 45) + [0] * 50
        origin = NoSliceWorse(0.001, resampling).results(compare(candidate, champion, facts=facts))[0]
        assert origin.verdict == "passed"

    def test_small_slices_are_counted_and_not_judged(self, compare, resampling):
        facts = {"origin": ["a"] * 40 + ["b"] * 29}
        comparison = compare([0] * 40 + [9] * 29, [0] * 69, facts=facts)
        origin = NoSliceWorse(0.0, resampling).results(comparison)[0]
        assert origin.verdict == "passed"
        assert origin.explanation.endswith(" 1 slice(s) of fewer than 30 images are not judged.")

    def test_there_may_be_no_champion(self, compare, resampling):
        assert verdicts(NoSliceWorse(0.0, resampling), compare([9])) == ["not applicable"]


def test_the_size_has_a_factor(compare):
    assert verdicts(NotMuchLarger(2.0), compare([0], [0], sizes=(2000, 1000))) == ["passed"]
    (result,) = NotMuchLarger(2.0).results(compare([0], [0], sizes=(2_500_000, 1_000_000)))
    assert (result.value, result.verdict) == (2.5, "failed")
    assert result.explanation == (
        "2.50 MB against 1.00 MB; at most 2 times as much is allowed (promote.max_size_factor)."
    )
    assert verdicts(NotMuchLarger(2.0), compare([0], [0], sizes=(1, None))) == ["not applicable"]
    assert verdicts(NotMuchLarger(2.0), compare([0])) == ["not applicable"]


def test_a_measured_time_decides_but_is_not_in_the_result(compare):
    slow = NotMuchSlower(2.0).results(compare([0], [0], latencies=Latencies(0.5, 0.2)))[0]
    fast = NotMuchSlower(2.0).results(compare([0], [0], latencies=Latencies(0.4, 0.2)))[0]
    assert (slow.verdict, fast.verdict) == ("failed", "passed")
    assert slow.value is None
    assert slow.explanation == fast.explanation
    assert verdicts(NotMuchSlower(2.0), compare([0])) == ["not applicable"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ["min_images", "max_cer", "min_improvement", "max_slice_regression", "max_size_factor"]),
        ({"max_size_factor": None}, ["min_images", "max_cer", "min_improvement", "max_slice_regression"]),
        ({"max_latency_factor": 2.0}, [
            "min_images", "max_cer", "min_improvement", "max_slice_regression", "max_size_factor", "max_latency_factor",
        ]),
    ],
)  # fmt: skip
def test_the_parameters_choose_the_checks(compare, make_params, values, expected):
    params = PromoteParams(**{**make_params().promote.model_dump(), **values})
    assert [line.check for check in checks(params, 1) for line in check.results(compare([0]))] == expected


def test_every_check_is_named_after_the_parameter_that_sets_it(compare, make_params):
    params = make_params(promote__max_latency_factor=2.0).promote
    names = {line.check for check in checks(params, 1) for line in check.results(compare([0]))}
    assert names <= set(PromoteParams.model_fields)
