"""Rectified Adam as a Keras optimizer."""

from __future__ import annotations

import math
from typing import Any

from inkpipe.backend import keras

ops = keras.ops
RECTIFIABLE = 4.0  # length of the moving average above which the variance of the adaptive rate exists


@keras.saving.register_keras_serializable(package="inkpipe")
class RAdam(keras.optimizers.Optimizer):
    """Adam whose adaptive rate counts only as far as its variance is known.

    Liu, Jiang, He, Chen, Liu, Gao and Han, "On the variance of the adaptive learning rate and beyond" (2020),
    algorithm 2. The first steps are those of a momentum method; later ones come near to Adam's.

    Args:
        learning_rate: a constant, or a schedule of optimizer steps.
        beta_1: decay of the mean of gradients, 0 to < 1.
        beta_2: decay of the mean of squared gradients, 0.6 to < 1.
        epsilon: added to the root of the latter, > 0; the publication has none.
        name: of the optimizer.
        options: of every Keras optimizer, such as `weight_decay` and `global_clipnorm`.
    """

    def __init__(
        self,
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        name: str = "radam",
        **options: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, name=name, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def build(self, variables: list[keras.Variable]) -> None:
        """Add the two moving averages of each variable."""
        if not self.built:
            super().build(variables)
            self._means, self._squares = self.add_optimizer_variables(variables, ["mean", "square"])

    def update_step(self, gradient: Any, variable: keras.Variable, learning_rate: Any) -> None:
        """Move one variable against its gradient."""
        dtype = variable.dtype
        rate, gradient = ops.cast(learning_rate, dtype), ops.cast(gradient, dtype)
        step = ops.cast(self.iterations + 1, dtype)
        index = self._get_variable_index(variable)
        mean, square = self._means[index], self._squares[index]
        self.assign_add(mean, (gradient - mean) * (1 - self.beta_1))
        self.assign_add(square, (gradient * gradient - square) * (1 - self.beta_2))
        unbiased_mean = mean / _one_minus_power(self.beta_1, step)
        left = _one_minus_power(self.beta_2, step)
        longest = 2 / (1 - self.beta_2) - 1
        length = longest - 2 * step * (1 - left) / left
        known = length > RECTIFIABLE
        safe = ops.where(known, length, longest)  # both branches are computed; neither may be nan
        rectification = ops.sqrt((safe - 4) * (safe - 2) * longest / ((longest - 4) * (longest - 2) * safe))
        adaptive = rectification * ops.sqrt(left) / (ops.sqrt(square) + self.epsilon)
        self.assign_sub(variable, rate * unbiased_mean * ops.where(known, adaptive, ops.ones_like(adaptive)))

    def get_config(self) -> dict[str, Any]:
        """The settings, from which Keras makes an equal optimizer."""
        settings: dict[str, Any] = super().get_config()
        return {**settings, "beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}


def _one_minus_power(beta: float, step: Any) -> Any:
    """1 - beta^step, exact to float32 also where the power is close to 1."""
    return -ops.expm1(step * math.log(beta)) if beta else ops.ones_like(step)
