"""What a sweep searches: the ranges of params.yaml, values within them, and the parameters that these values make."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inkpipe.errors import InkpipeError
from inkpipe.params import Params, parse_params
from inkpipe.params.sweep import Choices, IntRange, LogUniformRange, Range

if TYPE_CHECKING:
    from optuna import Trial

DIGITS = 4  # significant ones of a number: people read the values, and type them again
# A trial trains on images that are prepared already, so a sweep must leave alone what earlier stages read.
PREPARED = ("data", "synthetic", "validate", "vocabulary", "language_model", "preprocess")
Values = Mapping[str, Any]  # by dotted name


@dataclass(frozen=True)
class SearchSpace:
    """The ranges of a sweep.

    Attributes:
        content: of params.yaml, `auto` included.
        ranges: of each parameter, by its dotted name.
    """

    content: Mapping[str, Any]
    ranges: Mapping[str, Range]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> SearchSpace:
        """The ranges that params.yaml declares, each tried at its ends.

        Args:
            content: of params.yaml.

        Raises:
            InkpipeError: params.yaml has faults, there is no range, or a range has a parameter that does not exist or
                that a sweep cannot change, or a value that it cannot take.
        """
        base = parse_params(content)
        if not base.sweep.parameters:
            raise InkpipeError(
                "sweep.parameters has no range, so there is nothing to search. Received: {}. Give one, such as "
                "lr: {distribution: log_uniform, low: 0.0005, high: 0.008}."
            )
        space = cls(content, base.sweep.parameters)
        for name, given in space.ranges.items():
            for value in _ends(given):
                space._check(base, name, value)
        return space

    def suggest(self, trial: Trial) -> dict[str, Any]:
        """Let a trial choose a value of each parameter; numbers have four significant digits."""
        return {name: _suggested(trial, name, given) for name, given in self.ranges.items()}

    def params(self, values: Values) -> Params:
        """The parameters of a trial: params.yaml with values in place.

        Args:
            values: by dotted name.

        Raises:
            InkpipeError: the values contradict each other or are not allowed.
        """
        content = copy.deepcopy(dict(self.content))
        for name, value in values.items():
            *sections, last = name.split(".")
            inner = content
            for section in sections:
                inner = inner[section]
            inner[last] = value
        return parse_params(content)

    def _check(self, base: Params, name: str, value: Any) -> None:
        if not _exists(self.content, name):
            raise InkpipeError(
                f"sweep.parameters has a name that is no parameter. Received: {name}. Write it as `-S` takes it, such "
                "as train.weight_decay."
            )
        try:
            changed = self.params({name: value})
        except InkpipeError as error:
            raise InkpipeError(f"sweep.parameters gives {name} a value that it cannot take. {error}") from error
        before, after = (params.model_dump(by_alias=True, include=INCLUDED) for params in (base, changed))
        if sections := [section for section in before if before[section] != after[section]]:
            raise InkpipeError(
                f"sweep.parameters changes what an earlier stage has prepared. Received: {name}, which changes "
                f"{', '.join(sections)}. Sweep what the train stage reads; for the rest, `dvc exp run --queue`."
            )


INCLUDED = {"validate_" if section == "validate" else section for section in PREPARED}


def _exists(content: Any, name: str) -> bool:
    for part in name.split("."):
        if not isinstance(content, Mapping) or part not in content:
            return False
        content = content[part]
    return not isinstance(content, Mapping)


def _ends(given: Range) -> Iterator[Any]:
    yield from given.choices if isinstance(given, Choices) else (given.low, given.high)


def _suggested(trial: Trial, name: str, given: Range) -> Any:
    if isinstance(given, Choices):  # by their places: Optuna cannot store lists
        return given.choices[trial.suggest_categorical(name, range(len(given.choices)))]
    if isinstance(given, IntRange):
        return trial.suggest_int(name, given.low, given.high)
    value = trial.suggest_float(name, given.low, given.high, log=isinstance(given, LogUniformRange))
    return min(max(float(f"{value:.{DIGITS}g}"), given.low), given.high)
