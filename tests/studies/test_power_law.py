import numpy as np
import pytest

from inkpipe.errors import InkpipeError
from inkpipe.evaluation.metrics import Estimate
from inkpipe.studies.power_law import CurvePoint, PowerLaw, describe_extrapolation, fit_power_law

SIZES = (1000, 2000, 4000, 8000)


def curve(exponent, sizes=SIZES, images=2000, seed=0):
    """Points of a law that starts at CER 0.2, of labels with ten characters."""
    generator = np.random.default_rng(seed)
    rates = [0.2 * (n / 1000) ** -exponent for n in sizes]
    return [
        CurvePoint(n, generator.binomial(10, rate, images).tolist(), [10] * images)
        for n, rate in zip(sizes, rates, strict=True)
    ]


def test_the_law_is_found_with_its_interval():
    law = fit_power_law(curve(0.5), 200, 1)
    assert law.exponent.value == pytest.approx(0.5, abs=0.03)
    assert law.exponent.low < 0.5 < law.exponent.high
    assert law.now.value == pytest.approx(law.cer(8000))
    assert law.extrapolated.value == pytest.approx(law.cer(16000))
    assert law.reduction.value == pytest.approx(1 - 2**-0.5, abs=0.02)
    assert law.reduction.low < law.reduction.value < law.reduction.high


LAW = PowerLaw(
    factor=6.0,
    exponent=Estimate(0.5, 0.4, 0.6),
    n=8000,
    extrapolation_factor=2.0,
    now=Estimate(0.071, 0.068, 0.074),
    extrapolated=Estimate(0.05, 0.047, 0.054),
    reduction=Estimate(0.29, 0.274, 0.305),
)


def test_what_more_labels_would_buy_is_written_with_its_intervals():
    assert describe_extrapolation(LAW) == (
        "2 x the labels (16,000) would buy 29.0% (27.4% to 30.5%) fewer errors: "
        "CER 5.0% (4.7% to 5.4%) instead of 7.1% (6.8% to 7.4%)."
    )


def test_a_reduction_that_may_be_none_is_not_claimed():
    assert describe_extrapolation(LAW._replace(reduction=Estimate(0.05, -0.01, 0.11))) == (
        "These points do not show that 2 x the labels (16,000) would buy anything: "
        "CER 5.0% (4.7% to 5.4%) instead of 7.1% (6.8% to 7.4%); 5.0% (-1.0% to 11.0%) fewer errors."
    )


def test_a_flat_curve_shows_no_reduction():
    law = fit_power_law(curve(0.0, images=100), 200, 1)
    assert law.reduction.low < 0 < law.reduction.high


def test_points_that_scatter_about_the_law_widen_its_interval():
    points = curve(0.5)
    scattered = [point._replace(edits=[edits * (1 + i % 2) for edits in point.edits]) for i, point in enumerate(points)]
    widths = [law.reduction.high - law.reduction.low for law in (fit_power_law(p, 200, 1) for p in (points, scattered))]
    assert widths[1] > 5 * widths[0]


def test_two_points_and_points_without_an_error_have_a_law_too():
    law = fit_power_law(curve(0.5, (1000, 8000)), 50, 1)
    assert law.exponent.value == pytest.approx(0.5, abs=0.05)
    flawless = [CurvePoint(n, [0] * 10, [5] * 10) for n in (10, 20)]
    assert fit_power_law(flawless, 10, 1).now.value == pytest.approx(0.01)


def test_the_same_arguments_give_the_same_law():
    assert fit_power_law(curve(0.4), 30, 2) == fit_power_law(curve(0.4), 30, 2)


def test_a_law_needs_two_sizes():
    with pytest.raises(InkpipeError, match="at least two sizes"):
        fit_power_law(curve(0.5, (1000,)) * 3, 10, 1)
