"""`train`: optimizer, schedule, stopping and the conditions of reproducibility."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from inkpipe.optimization.optimizers import OPTIMIZERS
from inkpipe.optimization.schedules import SCHEDULES, ScheduleParams
from inkpipe.section import Count, Fraction, NonNegativeFloat, PositiveCount, PositiveFloat, Section, one_of


class MixParams(Section):
    """`train.mix`: real and synthetic images in an epoch, for `data.source: mixed`.

    Attributes:
        synthetic_fraction: of an epoch's images that are synthetic, 0 to 1; `auto` for half of them, or fewer if the
            corpus has fewer.
        synthetic_epochs: the first epochs, which are of synthetic images alone.
    """

    synthetic_fraction: Fraction | Literal["auto"]
    synthetic_epochs: Count

    @property
    def is_set(self) -> bool:
        """Whether it differs from the defaults."""
        return self.synthetic_fraction != "auto" or self.synthetic_epochs > 0


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
    init_from: str | None = Field(min_length=1)
    freeze: Literal["none", "body"]
    body_lr_factor: PositiveFloat
    mix: MixParams
    loss: Literal["ctc", "cross_entropy", "hybrid"]
    cross_entropy_weight: Fraction
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"]
    label_noise_guard: Fraction
    averaging: Literal["none", "ema", "last"]
    averaging_start: Annotated[float, Field(ge=0, lt=1)]
    ema_momentum: Annotated[float, Field(ge=0, lt=1)]
    bucketing: bool
    shuffle_buffer: PositiveCount
    threads: Count
