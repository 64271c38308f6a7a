"""Rules on the corpus's form: its columns, and the names of its images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from inkpipe.rules.checks import Check, IsNull
from inkpipe.rules.result import RuleResult
from inkpipe.rules.rule import Context, RowRule, Rule


class Columns(Rule):
    """The file of each split has the columns of a corpus, of their types.

    Nothing can be checked on a corpus that violates this rule, so it always stops the pipeline.
    """

    name: ClassVar = "columns"
    advice: ClassVar = "Remake the corpus: `dvc repro -sf download`."

    action: Literal["stop"]

    def check(self, columns: Mapping[str, str], expected: str) -> RuleResult:
        """Compare columns.

        Args:
            columns: the columns of each split's file, in words, by its path.
            expected: the columns of a corpus, in the same words.

        Returns:
            The result, counted in splits.
        """
        violations = [f"{path} has {received}" for path, received in columns.items() if received != expected]
        return RuleResult(
            rule=self.name,
            action=self.action,
            expected=expected,
            checked=len(columns),
            violations=len(violations),
            unit="splits",
            verdict="stopped" if violations else "passed",
            examples=tuple(violations),
            advice=self.advice,
        )


class UniqueFilenames(RowRule):
    """No two images of a split have the same file name."""

    name = "unique_filenames"
    expected = "no file name twice in a split"
    observed = "not the only one"
    advice = "Give every image of a split its own name."

    def checks(self, context: Context) -> Sequence[Check]:
        """`repeated` is the file name if the split has it more than once."""
        return (IsNull("repeated"),)


RULES = (UniqueFilenames,)  # on rows
