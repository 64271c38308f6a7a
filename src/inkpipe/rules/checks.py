"""What a rule checks on the fact table, as declarations. `inkpipe.contract.expectations` carries them out.

A value that is null violates only `NotNull`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Between:
    """The values of a column lie between two limits, both included. None is no limit."""

    column: str
    low: float | None
    high: float | None


@dataclass(frozen=True)
class IsNull:
    """A column has no value."""

    column: str


@dataclass(frozen=True)
class NotNull:
    """A column has a value in every row."""

    column: str


@dataclass(frozen=True)
class InSet:
    """The values of a column are all in a set."""

    column: str
    values: tuple[object, ...]


@dataclass(frozen=True)
class NotInSet:
    """No value of a column is in a set."""

    column: str
    values: tuple[object, ...]


Check = Between | IsNull | NotNull | InSet | NotInSet
