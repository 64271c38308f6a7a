"""The outcome of `validate`: the verdict on every rule and on every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from inkpipe.contract.extra import synthetic_rows
from inkpipe.contract.skipped_files import SkippedFiles
from inkpipe.data.corpus import NOT_TRANSCRIBED, SPLITS
from inkpipe.data.label_form import LabelChanges, LabelForm
from inkpipe.params.validate import RulesParams
from inkpipe.rules.labels import LabelPresent
from inkpipe.rules.result import RuleResult
from inkpipe.rules.splits import SplitStatistics


@dataclass(frozen=True)
class ContractOutcome:
    """The outcome of `validate` on a corpus.

    Attributes:
        rules: the rules of the contract.
        frames: the frames of the model's output, with which the labels were compared.
        table: the fact table, see `inkpipe.contract.table`.
        digest: uint8 (n, 32), SHA-256 of each row's image.
        results: the result of each rule, in the order of the contract.
        reasons: the rules that a row violates, by row of the table, for each row that is quarantined.
        statistics: of each split.
        skipped_files: the files that `download` skipped, by reason. They are no rows of the table.
        noticed_files: what `download` noticed of files and labels that are rows, by reason.
        data_docs: Great Expectations' own page on the rules on rows, as HTML.
        extra: the corpus's extra columns, a row for each of the table's.
        form: of the labels.
        changes: what that form changes in labels.
    """

    rules: RulesParams
    frames: int
    table: pd.DataFrame
    digest: np.ndarray
    results: Sequence[RuleResult]
    reasons: Mapping[int, Sequence[str]]
    statistics: Mapping[str, SplitStatistics]
    skipped_files: Mapping[str, SkippedFiles]
    data_docs: str
    form: LabelForm
    changes: LabelChanges
    noticed_files: Mapping[str, SkippedFiles] = field(default_factory=dict)
    extra: pa.Table = field(default_factory=lambda: pa.table({}))

    @cached_property
    def quarantined(self) -> list[int]:
        """The rows that are quarantined, rising."""
        return sorted(self.reasons)

    @property
    def stopping(self) -> list[RuleResult]:
        """The results of the rules that stop the pipeline. If there are none, the contract holds."""
        return [result for result in self.results if result.verdict == "stopped"]

    @cached_property
    def counts(self) -> dict[str, dict[str, int]]:
        """The number of rows, accepted rows and quarantined rows, by split."""
        rows = self.table["split"].value_counts()
        quarantined = self.table["split"].iloc[self.quarantined].value_counts()
        return {
            split: {
                "rows": int(rows[split]),
                "accepted": self.statistics[split].accepted,
                "quarantined": int(quarantined[split]),
            }
            for split in SPLITS
        }

    @cached_property
    def synthetic(self) -> dict[str, dict[str, int]]:
        """The number of synthetic rows and of accepted ones among them, by split; empty if there is none."""
        synthetic = synthetic_rows(self.extra, len(self.table))
        accepted = synthetic.copy()
        accepted[self.quarantined] = False
        inside = {split: (self.table["split"] == split).to_numpy() for split in SPLITS}
        return {
            split: {"rows": int((synthetic & rows).sum()), "accepted": int((accepted & rows).sum())}
            for split, rows in inside.items()
            if (synthetic & rows).any()
        }

    @property
    def not_transcribed(self) -> int:
        """The number of images and lines that have no label yet: rows without one, and those that are no rows."""
        waiting = sum(files.count for reason, files in self.skipped_files.items() if reason in NOT_TRANSCRIBED)
        return waiting + self.by_reason.get(LabelPresent.name, 0)

    @cached_property
    def by_reason(self) -> dict[str, int]:
        """The number of quarantined rows by rule, the most frequent first. A row that violates two counts for both."""
        return dict(Counter(rule for rules in self.reasons.values() for rule in rules).most_common())

    def evidence(self, rows: Sequence[int]) -> list[dict[str, str]]:
        """Say how rows violate the rules.

        Args:
            rows: quarantined rows of the table.

        Returns:
            For each row, what is wrong with it by rule, in the order of its reasons.
        """
        by_name = {rule.name: rule for rule in self.rules.on_rows}
        facts = self.table.iloc[list(rows)].to_dict("records")
        return [
            {rule: by_name[rule].evidence(row) for rule in self.reasons[index]}
            for index, row in zip(rows, facts, strict=True)
        ]
