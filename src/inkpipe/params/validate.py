"""`validate`: the parameters of the data contract. Each rule declares its own, see `inkpipe.rules`."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from pydantic import create_model

from inkpipe.rules import ROW_RULES, RULES, SPLIT_RULES, RowRule, Rule, SplitRule
from inkpipe.section import Count, Section

R = TypeVar("R", bound=Rule)

# One field for each rule in the registry, so that a missing or unknown rule is an error like any other parameter.
_Fields: Any = create_model("_Fields", __base__=Section, **{rule.name: (rule, ...) for rule in RULES})  # type: ignore[call-overload]


class RulesParams(_Fields):
    """`validate.rules`: every rule of the contract, with its parameters."""

    def __getitem__(self, rule: type[R]) -> R:
        """The rule of a class."""
        return cast(R, getattr(self, rule.name))

    @property
    def on_rows(self) -> list[RowRule]:
        """The rules on rows, in the order in which they are checked."""
        return [self[rule] for rule in ROW_RULES]

    @property
    def on_splits(self) -> list[SplitRule]:
        """The rules on splits, in the order in which they are checked."""
        return [self[rule] for rule in SPLIT_RULES]


class ValidateParams(Section):
    """`validate`: the data contract.

    Attributes:
        min_tolerated_rows: rows that a rule may quarantine, or unusable labels that a split may have, however small the
            corpus is.
        rules: the rules.
    """

    min_tolerated_rows: Count
    rules: RulesParams
