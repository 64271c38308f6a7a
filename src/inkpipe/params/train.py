"""`train`: optimizer, schedule, stopping and the conditions of reproducibility."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from inkpipe.optimization.optimizers import OPTIMIZERS
from inkpipe.optimization.schedules import SCHEDULES, ScheduleParams
from inkpipe.section import Count, Fraction, NonNegativeFloat, PositiveCount, one_of


class TrainParams(ScheduleParams):
    """`train`: how the model learns. params.yaml explains each parameter."""

    optimizer: Annotated[str, one_of(OPTIMIZERS)]
    weight_decay: NonNegativeFloat
    clip_norm: NonNegativeFloat
    schedule: Annotated[str, one_of(SCHEDULES)]
    plateau_patience: PositiveCount
    plateau_factor: Annotated[float, Field(gt=0, lt=1)]
    early_stopping_monitor: Literal["val_loss", "val_cer"]
    early_stopping_patience: Count
    label_noise_guard: Fraction
    averaging: Literal["none", "ema", "last"]
    averaging_start: Annotated[float, Field(ge=0, lt=1)]
    ema_momentum: Annotated[float, Field(ge=0, lt=1)]
    weights: str | None
    shuffle_buffer: PositiveCount
    threads: Count
