"""`sweep`: what `inkpipe sweep` searches, and how. No stage depends on it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from inkpipe.section import Count, PositiveCount, PositiveFloat, Section


class NumberRange(Section):
    """Numbers between two."""

    low: float
    high: float

    @model_validator(mode="after")
    def _is_not_empty(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"sweep.parameters: low must be below high. Received: {self.low} and {self.high}")
        return self


class UniformRange(NumberRange):
    """Any number between two, each as likely."""

    distribution: Literal["uniform"]


class LogUniformRange(NumberRange):
    """Any number between two; their logarithms are as likely."""

    distribution: Literal["log_uniform"]
    low: PositiveFloat


class IntRange(NumberRange):
    """Any whole number from one to another, both included."""

    distribution: Literal["int"]
    low: int
    high: int


class Choices(Section):
    """One of several values, such as names or lists."""

    distribution: Literal["categorical"]
    choices: Annotated[list[Any], Field(min_length=2)]


Range = Annotated[UniformRange | LogUniformRange | IntRange | Choices, Field(discriminator="distribution")]


class SweepParams(Section):
    """`sweep`: the search for good values by validation CER. params.yaml explains each parameter.

    Attributes:
        parameters: the range of each parameter, by its dotted name.
        trials: of the whole sweep, those that were pruned included.
        sampler: how values are chosen.
        pruner: how hopeless trials are found.
        startup_trials: that are random and not pruned.
        storage: a journal file or a SQLite file, relative to the project, or the URL of a database.
    """

    parameters: dict[str, Range]
    trials: PositiveCount
    sampler: Literal["tpe", "random"]
    pruner: Literal["median", "hyperband", "none"]
    startup_trials: Count
    storage: Annotated[str, Field(min_length=1)]
