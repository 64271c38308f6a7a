import math

import keras
import pytest

from inkpipe.optimization.schedules import ScheduleParams, build_schedule

PARAMS = ScheduleParams(warmup_fraction=0.1, low_fraction=0.1, final_fraction=0.01, cycles=2, cycle_fraction=0.8)


def rates(name, steps, **values):
    schedule = build_schedule(name, 0.1, 100, PARAMS.model_copy(update=values))
    return [float(schedule(step)) for step in steps]


def test_cosine_rises_linearly_and_falls_to_zero():
    assert rates("cosine", (0, 5, 10, 55, 100)) == pytest.approx([0, 0.05, 0.1, 0.05, 0], abs=1e-6)


def test_cosine_without_a_rise_starts_at_the_peak():
    assert rates("cosine", (0, 50, 100), warmup_fraction=0.0) == pytest.approx([0.1, 0.05, 0], abs=1e-6)


@pytest.mark.parametrize("name", ["constant", "plateau"])
def test_constant_and_plateau_start_at_the_given_rate(name):
    assert build_schedule(name, 0.01, 100, PARAMS) == 0.01


def test_exponential_falls_by_the_same_factor_in_the_same_time():
    assert rates("exponential", (0, 50, 100)) == pytest.approx([0.1, 0.01, 0.001])


def smith(step, low, high, step_size, scale):
    """Smith (2017), section 3.2, with cycles counted from 1."""
    cycle = math.floor(1 + step / (2 * step_size))
    x = abs(step / step_size - 2 * cycle + 1)
    return low + (high - low) * max(0.0, 1 - x) * scale(cycle, step)


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("triangular", lambda cycle, step: 1.0),
        ("triangular2", lambda cycle, step: 1 / 2 ** (cycle - 1)),
        ("exp_range", lambda cycle, step: (0.01 ** (1 / 100)) ** step),
    ],
)
def test_cycles_are_those_of_the_publication(name, scale):
    steps = range(101)
    assert rates(name, steps) == pytest.approx([smith(step, 0.01, 0.1, 25, scale) for step in steps], rel=1e-4)


def test_one_cycle_rises_falls_and_decays():
    assert rates("one_cycle", (0, 20, 40, 60, 80, 90, 100)) == pytest.approx(
        [0.01, 0.055, 0.1, 0.055, 0.01, 0.0055, 0.001], rel=1e-4
    )


def test_a_cycle_may_take_all_steps():
    assert rates("one_cycle", (0, 50, 100), cycle_fraction=1.0) == pytest.approx([0.01, 0.1, 0.01], rel=1e-4)


@pytest.mark.parametrize("name", ["triangular2", "exp_range", "one_cycle"])
def test_own_schedules_are_serialized(name):
    schedule = build_schedule(name, 0.1, 100, PARAMS)
    copy = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(schedule))
    assert float(copy(33)) == float(schedule(33))


@pytest.mark.parametrize("name", ["exponential", "triangular", "exp_range", "one_cycle"])
def test_a_training_of_no_steps_has_a_rate(name):
    assert math.isfinite(float(build_schedule(name, 0.1, 0, PARAMS)(0)))
