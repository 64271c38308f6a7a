"""Learning-rate schedules by name.

To add one, write its function, add it to `SCHEDULES`, and add its name to the comment of `train.schedule` in
params.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import keras

    LearningRate: TypeAlias = float | keras.optimizers.schedules.LearningRateSchedule


def constant(lr: float, total_steps: int, warmup_fraction: float) -> LearningRate:  # noqa: ARG001 - one signature for all
    """The same rate at every step. `plateau` uses it too; a callback of the training then lowers the rate."""
    return lr


def cosine(lr: float, total_steps: int, warmup_fraction: float) -> LearningRate:
    """A linear rise from 0 to `lr`, then a cosine decay to 0: Loshchilov and Hutter, SGDR (2017), without restarts.

    Args:
        lr: the peak rate.
        total_steps: optimizer steps of the whole training.
        warmup_fraction: of all steps in which the rate rises, 0 to 1.
    """
    from inkpipe.backend import keras

    warmup = int(warmup_fraction * total_steps)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup else lr,
        decay_steps=max(1, total_steps - warmup),
        warmup_target=lr if warmup else None,
        warmup_steps=warmup,
    )


SCHEDULES: Mapping[str, Callable[[float, int, float], LearningRate]] = {
    "constant": constant,
    "cosine": cosine,
    "plateau": constant,
}


def build_schedule(name: str, lr: float, total_steps: int, warmup_fraction: float) -> LearningRate:
    """The learning rate of a training.

    Args:
        name: a key of `SCHEDULES`.
        lr: the peak rate.
        total_steps: optimizer steps of the whole training.
        warmup_fraction: of all steps in which the rate rises, 0 to 1; schedules without a rise ignore it.

    Returns:
        A constant, or a Keras schedule of optimizer steps.
    """
    return SCHEDULES[name](lr, total_steps, warmup_fraction)
