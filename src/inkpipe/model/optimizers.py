"""Optimisers and learning-rate schedules by name."""

from __future__ import annotations

import keras

from inkpipe.params import Params

OPTIMIZERS: dict[str, type[keras.optimizers.Optimizer]] = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


def build_optimizer(params: Params, total_steps: int) -> keras.optimizers.Optimizer:
    """The optimiser of `train.optimizer` with the rate of `lr` and `train.schedule`.

    Args:
        params: all parameters.
        total_steps: optimiser steps of the whole training, over which the cosine decays.
    """
    settings: dict[str, object] = {"learning_rate": learning_rate(params, total_steps)}
    if params.train.clip_norm:
        settings["global_clipnorm"] = params.train.clip_norm
    if params.train.optimizer == "adamw":
        settings["weight_decay"] = params.train.weight_decay
    if params.train.optimizer == "sgd":
        settings.update(momentum=0.9, nesterov=True)
    return OPTIMIZERS[params.train.optimizer](**settings)


def learning_rate(params: Params, total_steps: int) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """A constant rate (which `plateau` lowers by callback), or a linear warm-up and a cosine decay to zero.

    The decay is that of Loshchilov and Hutter, SGDR (2017), without restarts.
    """
    if params.train.schedule != "cosine":
        return params.lr
    warmup = int(params.train.warmup_share * total_steps)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup else params.lr,
        decay_steps=max(1, total_steps - warmup),
        warmup_target=params.lr if warmup else None,
        warmup_steps=warmup,
    )
