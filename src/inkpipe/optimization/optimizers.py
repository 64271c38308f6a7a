"""Optimizers by name.

To add one of Keras', add an entry to `OPTIMIZERS` and its name to the comment of `train.optimizer` in params.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class OptimizerChoice:
    """An optimizer and how inkpipe sets it.

    Attributes:
        keras_class: the name of its class in `keras.optimizers`, or `RAdam`, which is inkpipe's own.
        decays_weights: whether it takes `train.weight_decay`.
        settings: fixed arguments.
    """

    keras_class: str
    decays_weights: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)


OPTIMIZERS: Mapping[str, OptimizerChoice] = {
    "adam": OptimizerChoice("Adam"),
    "adamw": OptimizerChoice("AdamW", decays_weights=True),
    "nadam": OptimizerChoice("Nadam"),
    "radam": OptimizerChoice("RAdam", decays_weights=True),
    "rmsprop": OptimizerChoice("RMSprop"),
    "sgd": OptimizerChoice("SGD", settings={"momentum": 0.9, "nesterov": True}),
}


def build_optimizer(
    name: str,
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule,
    *,
    weight_decay: float,
    clip_norm: float,
) -> keras.optimizers.Optimizer:
    """An optimizer, ready to compile a model with.

    Args:
        name: a key of `OPTIMIZERS`.
        learning_rate: a constant, or a schedule of optimizer steps.
        weight_decay: decoupled weight decay, 0 upwards; only for optimizers that take it.
        clip_norm: largest global norm of the gradients, 0 for no clipping.
    """
    from inkpipe.backend import keras

    choice = OPTIMIZERS[name]
    settings: dict[str, Any] = {"learning_rate": learning_rate, **choice.settings}
    if clip_norm:
        settings["global_clipnorm"] = clip_norm
    if choice.decays_weights:
        settings["weight_decay"] = weight_decay
    if choice.keras_class == "RAdam":
        from inkpipe.optimization.radam import RAdam

        return RAdam(**settings)
    return getattr(keras.optimizers, choice.keras_class)(**settings)
