"""A lower learning rate for some layers of a network, with any optimizer.

To scale the gradients would do nothing under Adam, which divides by their size. So each step's changes of the layers'
weights are scaled, those by weight decay included: the same as another rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def slowed(optimizer: keras.optimizers.Optimizer, layers: Sequence[str], factor: float) -> keras.optimizers.Optimizer:
    """An optimizer with another learning rate for some layers. Its state has the same variables as before.

    Args:
        optimizer: not built yet.
        layers: the beginnings of the layers' names.
        factor: on the rate, above 0; with 1 the optimizer itself is returned.
    """
    if factor == 1:
        return optimizer
    settings = {"slowed_layers": tuple(layers), "slowing": factor}
    base: Any = type(optimizer)
    return _slowed_class(base).from_config(optimizer.get_config() | settings)


@cache
def _slowed_class(base: Any) -> Any:
    from inkpipe.backend import keras

    @keras.saving.register_keras_serializable("inkpipe", f"Slowed{base.__name__}")
    class Slowed(base):
        """`base`, which changes the weights of some layers by a factor less."""

        def __init__(self, *, slowed_layers: Sequence[str], slowing: float, **settings: Any) -> None:
            super().__init__(**settings)
            self.slowed_layers, self.slowing = tuple(slowed_layers), slowing

        def apply(self, grads: Any, trainable_variables: Any = None) -> None:
            """Take a step, then take back a part of it for the slowed layers."""
            variables = list(self._trainable_variables if trainable_variables is None else trainable_variables)
            kept = [
                (each, keras.ops.copy(each.value)) for each in variables if each.path.startswith(self.slowed_layers)
            ]
            super().apply(grads, trainable_variables)
            for variable, before in kept:
                variable.assign(before + self.slowing * (variable - before))

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "slowed_layers": self.slowed_layers, "slowing": self.slowing}

    return Slowed
