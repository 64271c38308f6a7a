"""`model`, `train`, `evaluate` and `promote`: the reader, how it learns, how it is judged and when it serves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from inkpipe.params.base import Count, NonNegativeFloat, PositiveCount, Section, Share

Dropout = Annotated[float, Field(ge=0, lt=1)]


class CrnnParams(Section):
    """`model.crnn`: convolutions with batch norm, then bidirectional recurrent layers."""

    channels: Annotated[tuple[PositiveCount, ...], Field(min_length=4, max_length=4, strict=False)]
    recurrent: Literal["lstm", "gru"]
    recurrent_layers: PositiveCount
    recurrent_units: PositiveCount
    dropout: Dropout


class BilstmParams(Section):
    """`model.bilstm`: recurrent layers alone, on frames of pixels, HOG or splines."""

    recurrent_layers: PositiveCount
    recurrent_units: PositiveCount
    dropout: Dropout


class ModelParams(Section):
    """`model`: which reader. A preset also gives every knob set to `auto` its value."""

    preset: Literal["crnn", "paper", "bilstm"]
    crnn: CrnnParams
    bilstm: BilstmParams


class TrainParams(Section):
    """`train`: optimiser, schedule, stopping and the conditions of reproducibility."""

    optimizer: Literal["adam", "adamw", "nadam", "rmsprop", "sgd"]
    weight_decay: NonNegativeFloat
    clip_norm: NonNegativeFloat
    schedule: Literal["constant", "cosine", "plateau"]
    warmup_share: Share
    plateau_patience: PositiveCount
    plateau_factor: Annotated[float, Field(gt=0, lt=1)]
    early_stopping_monitor: Literal["val_loss", "val_cer"]
    early_stopping_patience: Count
    weights: str | None
    shuffle_buffer: PositiveCount
    threads: Count


class EvaluateParams(Section):
    """`evaluate`: how the reader is judged on the test split."""

    bootstrap: PositiveCount
    batch_size: PositiveCount
    examples: PositiveCount


class PromoteParams(Section):
    """`promote`: when a new reader becomes the champion."""

    model_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    min_improvement: NonNegativeFloat
