"""Learning rates that rise and fall, as Keras schedules of optimizer steps."""

from __future__ import annotations

from typing import Any

from inkpipe.backend import keras

ops = keras.ops


@keras.saving.register_keras_serializable(package="inkpipe")
class Cyclical(keras.optimizers.schedules.LearningRateSchedule):
    """Triangles between a low and a high rate: Smith, "Cyclical learning rates for training neural networks" (2017).

    Args:
        low, high: the rates at the feet and at the first tip, > 0.
        cycle_steps: steps from foot to foot, > 0; need not be whole.
        shape: `triangular` repeats itself, `triangular2` halves the tips' height over `low` with each cycle, and
            `exp_range` multiplies it by `gamma` with each step.
        gamma: > 0 to 1; `exp_range` only.
    """

    def __init__(self, low: float, high: float, cycle_steps: float, shape: str, gamma: float = 1.0) -> None:
        self.low, self.high, self.cycle_steps, self.shape, self.gamma = low, high, cycle_steps, shape, gamma

    def __call__(self, step: Any) -> Any:
        """The rate of a step, counted from 0."""
        step = ops.cast(step, "float32")
        position = step / self.cycle_steps
        cycle = ops.floor(position)
        height = 1 - ops.abs(2 * (position - cycle) - 1)
        if self.shape == "triangular2":
            height = height * ops.power(0.5, cycle)
        if self.shape == "exp_range":
            height = height * ops.power(self.gamma, step)
        return self.low + (self.high - self.low) * height

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {
            "low": self.low,
            "high": self.high,
            "cycle_steps": self.cycle_steps,
            "shape": self.shape,
            "gamma": self.gamma,
        }


@keras.saving.register_keras_serializable(package="inkpipe")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """One rise and one fall, then a decay. The momentum stays as it is.

    Smith and Topin, "Super-convergence: very fast training of neural networks using large learning rates" (2019).

    Args:
        low, high, last: the rates at both feet, at the tip, and at the end, > 0.
        cycle_steps: steps of rise and fall, equally long, > 0.
        total_steps: of the training, at least `cycle_steps`.
    """

    def __init__(self, low: float, high: float, last: float, cycle_steps: float, total_steps: float) -> None:
        self.low, self.high, self.last = low, high, last
        self.cycle_steps, self.total_steps = cycle_steps, total_steps

    def __call__(self, step: Any) -> Any:
        """The rate of a step, counted from 0."""
        step = ops.cast(step, "float32")
        height = 1 - ops.abs(2 * ops.minimum(step / self.cycle_steps, 1.0) - 1)
        after = ops.clip((step - self.cycle_steps) / max(self.total_steps - self.cycle_steps, 1.0), 0.0, 1.0)
        return self.low + (self.high - self.low) * height + (self.last - self.low) * after

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {
            "low": self.low,
            "high": self.high,
            "last": self.last,
            "cycle_steps": self.cycle_steps,
            "total_steps": self.total_steps,
        }
