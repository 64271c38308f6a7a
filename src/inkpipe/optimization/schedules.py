"""Learning-rate schedules by name.

To add one, write its function, add it to `SCHEDULES`, and add its name to the comment of `train.schedule` in
params.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import Field

from inkpipe.section import Fraction, PositiveCount, Section

if TYPE_CHECKING:
    import keras

    LearningRate: TypeAlias = float | keras.optimizers.schedules.LearningRateSchedule

PositiveFraction = Annotated[float, Field(gt=0, le=1)]


class ScheduleParams(Section):
    """The parameters of all schedules; params.yaml explains each."""

    warmup_fraction: Fraction
    low_fraction: PositiveFraction
    final_fraction: PositiveFraction
    cycles: PositiveCount
    cycle_fraction: PositiveFraction


def constant(lr: float, total_steps: int, params: ScheduleParams) -> LearningRate:  # noqa: ARG001 - one signature for all
    """The same rate at every step. `plateau` uses it too; a callback of the training then lowers the rate."""
    return lr


def cosine(lr: float, total_steps: int, params: ScheduleParams) -> LearningRate:
    """A linear rise from 0 to `lr`, then a cosine decay to 0: Loshchilov and Hutter, SGDR (2017), without restarts."""
    from inkpipe.backend import keras

    warmup = int(params.warmup_fraction * total_steps)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup else lr,
        decay_steps=max(1, total_steps - warmup),
        warmup_target=lr if warmup else None,
        warmup_steps=warmup,
    )


def exponential(lr: float, total_steps: int, params: ScheduleParams) -> LearningRate:
    """An exponential decay from `lr` to `final_fraction` of it."""
    from inkpipe.backend import keras

    return keras.optimizers.schedules.ExponentialDecay(lr, max(1, total_steps), params.final_fraction)


def triangular(lr: float, total_steps: int, params: ScheduleParams) -> LearningRate:
    """`cycles` equal triangles; see `Cyclical`."""
    return _cyclical("triangular", lr, total_steps, params)


def triangular2(lr: float, total_steps: int, params: ScheduleParams) -> LearningRate:
    """`cycles` triangles, each half as high as the one before; see `Cyclical`."""
    return _cyclical("triangular2", lr, total_steps, params)


def exp_range(lr: float, total_steps: int, params: ScheduleParams) -> LearningRate:
    """`cycles` triangles whose height decays to `final_fraction` at the end; see `Cyclical`."""
    return _cyclical("exp_range", lr, total_steps, params)


def one_cycle(lr: float, total_steps: int, params: ScheduleParams) -> LearningRate:
    """A rise and a fall in `cycle_fraction` of all steps, then a decay to `final_fraction`; see `OneCycle`."""
    from inkpipe.optimization.cycles import OneCycle

    steps = max(1.0, params.cycle_fraction * total_steps)
    return OneCycle(params.low_fraction * lr, lr, params.final_fraction * lr, steps, max(steps, total_steps))


SCHEDULES: Mapping[str, Callable[[float, int, ScheduleParams], LearningRate]] = {
    "constant": constant,
    "cosine": cosine,
    "exponential": exponential,
    "triangular": triangular,
    "triangular2": triangular2,
    "exp_range": exp_range,
    "one_cycle": one_cycle,
    "plateau": constant,
}


def build_schedule(name: str, lr: float, total_steps: int, params: ScheduleParams) -> LearningRate:
    """The learning rate of a training.

    Args:
        name: a key of `SCHEDULES`.
        lr: the peak rate.
        total_steps: optimizer steps of the whole training.
        params: each schedule takes those that it has a use for.

    Returns:
        A constant, or a Keras schedule of optimizer steps.
    """
    return SCHEDULES[name](lr, total_steps, params)


def _cyclical(shape: str, lr: float, total_steps: int, params: ScheduleParams) -> LearningRate:
    from inkpipe.optimization.cycles import Cyclical

    gamma = params.final_fraction ** (1 / max(1, total_steps))
    return Cyclical(params.low_fraction * lr, lr, max(1.0, total_steps / params.cycles), shape, gamma)
