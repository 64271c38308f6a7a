"""A rule of the data contract: one class with its limits, its check and its words.

The fields of a rule are its parameters in params.yaml, under `validate.rules` and the rule's name. `expected` is a
template: names in braces are fields of the rule, or `frames`. `observed` is one too: its names are columns of the fact
table.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from inkpipe.rules.checks import Check
from inkpipe.rules.facts import Fact
from inkpipe.rules.result import RuleResult, Verdict
from inkpipe.section import Fraction, Section

Row = Mapping[Any, Any]  # a row of the fact table, by column


@dataclass(frozen=True)
class Context:
    """What rules need beside their own limits.

    Attributes:
        frames: the frames of the model's output, with which CTC aligns a label.
        width: the columns of the model's input, `preprocess.width`.
        min_tolerated_rows: violations that are tolerated however small the corpus is.
        normalize: brings a text to the form in which labels are learned and compared.
    """

    frames: int
    width: int
    min_tolerated_rows: int
    normalize: Callable[[str], str]


class Rule(Section):
    """What all rules have.

    Attributes:
        name: the rule's name in params.yaml.
        advice: how a person may correct the data or the rule. Names with a dot in front are fields of the rule.
    """

    name: ClassVar[str]
    advice: ClassVar[str]

    @model_validator(mode="after")
    def _ranges_hold_something(self) -> Self:
        """A field `min` or `min_...` must not exceed the field `max` or `max_...`."""
        limits, empty = dict(self), []
        for suffix in [field.removeprefix("min") for field in limits if field.startswith("min")]:
            low, high = limits[f"min{suffix}"], limits.get(f"max{suffix}")
            if high is not None and low > high:
                empty.append(f"{self.name}{f' ({suffix[1:]})' if suffix else ''}: {low} to {high}")
        if empty:
            raise ValueError(f"validate.rules: a minimum exceeds its maximum. Received: {'; '.join(empty)}")
        return self


class RowRule(Rule):
    """A rule that each row of the corpus keeps or violates.

    Attributes:
        expected: what the rule demands of a row, a template.
        observed: what a row that violates the rule is like, a template.
        action: `stop` the pipeline, `quarantine` the rows, or only `warn`.
        tolerance: the fraction of all rows that may violate the rule. More of them stop the pipeline, or are worth a
            warning.
    """

    expected: ClassVar[str]
    observed: ClassVar[str]

    action: Literal["stop", "quarantine", "warn"]
    tolerance: Fraction

    def facts(self) -> Sequence[Fact]:
        """The columns that this rule adds to the fact table. None, unless a rule declares some."""
        return ()

    @abstractmethod
    def checks(self, context: Context) -> Sequence[Check]:
        """The checks that a row must pass.

        Args:
            context: what the rule needs beside its own limits.

        Returns:
            The checks, each on one column of the fact table.
        """

    def expectation(self, context: Context) -> str:
        """Say what the rule demands.

        Args:
            context: gives `frames`.

        Returns:
            `expected` with the limits filled in.
        """
        return self.expected.format_map({name: _in_words(value) for name, value in self} | {"frames": context.frames})

    def evidence(self, row: Row) -> str:
        """Say how a row violates the rule.

        Args:
            row: a row of the fact table.

        Returns:
            `observed` with the row's facts filled in.
        """
        return self.observed.format_map(row)

    def judge(self, violations: int, checked: int, examples: Sequence[Row], context: Context) -> RuleResult:
        """Decide what follows from the violations.

        Args:
            violations: the number of rows that violate the rule.
            checked: the number of rows.
            examples: the first of those that violate it, which the result describes.
            context: gives `min_tolerated_rows`.

        Returns:
            The result, its verdict included.
        """
        return RuleResult(
            rule=self.name,
            action=self.action,
            expected=self.expectation(context),
            checked=checked,
            violations=violations,
            unit="rows",
            verdict=self._verdict(violations, checked, context.min_tolerated_rows),
            examples=tuple(f"{row['split']}/{row['filename']} ({self.evidence(row)})" for row in examples),
            advice=self.advice,
            tolerance=self.tolerance,
        )

    def _verdict(self, violations: int, checked: int, min_tolerated_rows: int) -> Verdict:
        if not violations:
            return "passed"
        too_many = violations > self.tolerance * checked
        if self.action == "warn":
            return "warned" if too_many else "passed"
        few = self.action == "quarantine" and violations <= min_tolerated_rows
        return "stopped" if too_many and not few else "quarantined"


class LabelRule(RowRule):
    """A rule on the label of a row.

    Attributes:
        unusable: whether a label that violates it is of no use to anybody. One that is absent is only not transcribed
            yet, and one that is too long for this model is right.
    """

    unusable: ClassVar[bool] = False


def _in_words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
