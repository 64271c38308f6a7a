"""Rules on each split as a whole: enough rows, usable labels, no rare characters."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple

from inkpipe.rules.result import RuleResult, Verdict
from inkpipe.rules.rule import Context, Rule
from inkpipe.section import Fraction, PositiveCount


class SplitStatistics(NamedTuple):
    """Counts over a split.

    Attributes:
        rows: all rows.
        unusable_labels: rows that are quarantined because their label is unusable, see `LabelRule.unusable`.
        accepted: accepted rows. All that follows counts them alone.
        characters: how often each character occurs in their labels.
        lengths: how many labels have each length in characters.
        widths: how many images have each width in pixels.
        heights: how many images have each height in pixels.
    """

    rows: int
    unusable_labels: int
    accepted: int
    characters: Counter[str]
    lengths: Counter[int]
    widths: Counter[int]
    heights: Counter[int]


Splits = Mapping[str, SplitStatistics]  # by name, the training split first


class SplitRule(Rule):
    """A rule on splits as a whole.

    Attributes:
        unit: what the rule counts.
        of_real_rows: whether the rule is checked on the real rows alone, where a corpus has synthetic ones beside them.
        action: `stop` the pipeline, or only `warn`.
    """

    unit: ClassVar[str] = "splits"
    of_real_rows: ClassVar[bool] = False

    action: Literal["stop", "warn"]

    @abstractmethod
    def check(self, splits: Splits, context: Context) -> RuleResult:
        """Check the rule.

        Args:
            splits: the statistics of all splits.
            context: what the rule needs beside its own limits.

        Returns:
            The result, its verdict included.
        """

    def result(
        self,
        expected: str,
        checked: int,
        violations: Sequence[str],
        observed: Mapping[str, float] | None = None,
        *,
        must_stop: bool = False,
    ) -> RuleResult:
        """Decide what follows from the violations.

        Args:
            expected: what the rule demands, in words.
            checked: the number of splits, characters or comparisons.
            violations: those that violate the rule, in words.
            observed: the measurements behind them, by name.
            must_stop: stop the pipeline, whatever the rule's action is.

        Returns:
            The result: any violation has the rule's action as its consequence.
        """
        action = "stop" if must_stop else self.action
        verdict: Verdict = "passed" if not violations else "stopped" if action == "stop" else "warned"
        return RuleResult(
            rule=self.name,
            action=action,
            expected=expected,
            checked=checked,
            violations=len(violations),
            unit=self.unit,
            verdict=verdict,
            examples=tuple(violations),
            advice=self.advice,
            observed=observed or {},
        )


class UnusableLabels(SplitRule):
    """At most a fraction of a split's rows is quarantined because their labels are of no use to anybody.

    Such are markers and labels with foreign characters, see `LabelRule.unusable`.

    Attributes:
        max: the fraction, 0 to 1.
    """

    name = "unusable_labels"
    of_real_rows = True  # the generator's labels, which are all usable, must not outweigh them
    advice = "Correct the labels, see the page, or raise .max."

    max: Fraction

    def check(self, splits: Splits, context: Context) -> RuleResult:
        """`min_tolerated_rows` of them are tolerated in any case."""
        fractions = {name: split.unusable_labels / split.rows if split.rows else 0.0 for name, split in splits.items()}
        violations = [
            f"{name} ({split.unusable_labels:,} of {split.rows:,}, {fractions[name]:.2%})"
            for name, split in splits.items()
            if fractions[name] > self.max and split.unusable_labels > context.min_tolerated_rows
        ]
        expected = f"at most {self.max:.2%} of a split's labels unusable, or {context.min_tolerated_rows} of them"
        return self.result(expected, len(splits), violations, fractions)


class SplitSizes(SplitRule):
    """Each split has enough accepted rows.

    Attributes:
        train: least number of accepted rows.
        validation: least number of accepted rows.
        test: least number of accepted rows.
    """

    name = "split_sizes"
    advice = "Add data, or change the rule that quarantines the rows; .train, .validation and .test can be 1."

    train: PositiveCount
    validation: PositiveCount
    test: PositiveCount

    def check(self, splits: Splits, context: Context) -> RuleResult:
        """A split without any accepted row stops the pipeline in any case: no later stage can do without it."""
        sizes = {name: split.accepted for name, split in splits.items()}
        least: dict[str, int] = {name: getattr(self, name) for name in splits}
        violations = [f"{name} ({size:,} accepted)" for name, size in sizes.items() if size < least[name]]
        expected = ", ".join(f"{name} >= {count:,}" for name, count in least.items()) + " accepted rows"
        return self.result(expected, len(splits), violations, sizes, must_stop=0 in sizes.values())


class CharacterCount(SplitRule):
    """Each character of the training labels occurs often enough in them to be learned.

    Attributes:
        min: least number of occurrences.
    """

    name = "character_count"
    unit = "characters"
    advice = "Add images of them, lower .min, or let vocabulary.min_count make them [UNK]."

    min: PositiveCount

    def check(self, splits: Splits, context: Context) -> RuleResult:
        """Each rare character is a violation."""
        counts = splits["train"].characters
        violations = [f"{character!r} ({counts[character]})" for character in self.rare(counts)]
        return self.result(f"each character at least {self.min} times in the training labels", len(counts), violations)

    def rare(self, counts: Mapping[str, int]) -> list[str]:
        """The characters that occur fewer than `min` times.

        Args:
            counts: how often each character occurs in the training labels.

        Returns:
            The characters, the rarest first.
        """
        rare = [character for character, count in counts.items() if count < self.min]
        return sorted(rare, key=lambda character: (counts[character], character))


RULES = (UnusableLabels, SplitSizes, CharacterCount)
