import pytest

from inkpipe.optimization.schedules import build_schedule


def test_cosine_rises_linearly_and_falls_to_zero():
    schedule = build_schedule("cosine", 0.1, total_steps=100, warmup_fraction=0.1)
    assert [float(schedule(step)) for step in (0, 5, 10, 55, 100)] == pytest.approx([0, 0.05, 0.1, 0.05, 0], abs=1e-6)


def test_cosine_without_a_rise_starts_at_the_peak():
    schedule = build_schedule("cosine", 0.1, total_steps=100, warmup_fraction=0.0)
    assert [float(schedule(step)) for step in (0, 50, 100)] == pytest.approx([0.1, 0.05, 0], abs=1e-6)


@pytest.mark.parametrize("name", ["constant", "plateau"])
def test_constant_and_plateau_start_at_the_given_rate(name):
    assert build_schedule(name, 0.01, total_steps=100, warmup_fraction=0.1) == 0.01
