"""What `validate` came to know and decide about a corpus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from inkpipe.contract.at_download import LeftOut
from inkpipe.contract.rules import Finding
from inkpipe.contract.statistics import SplitStatistics
from inkpipe.corpus import SPLITS
from inkpipe.params import Params


@dataclass(frozen=True)
class Judgement:
    """The verdict on every row and every rule.

    Attributes:
        params: the parameters it was made by.
        table: the fact table, see `inkpipe.contract.table`.
        digest: uint8 (n, 32), SHA-256 of each row's image.
        findings: what came of each rule.
        reasons: the rules that each row which is set aside breaks, by row of the table.
        statistics: of the accepted rows, by split.
        left_out: what the download set aside before, by reason; no row of the table.
    """

    params: Params
    table: pd.DataFrame
    digest: np.ndarray
    findings: Sequence[Finding]
    reasons: Mapping[int, Sequence[str]]
    statistics: Mapping[str, SplitStatistics]
    left_out: Mapping[str, LeftOut]

    @cached_property
    def quarantined(self) -> list[int]:
        """The rows that are set aside, rising."""
        return sorted(self.reasons)

    @cached_property
    def counts(self) -> dict[str, dict[str, int]]:
        """Rows in, accepted and quarantined, by split."""
        rows = self.table["split"].value_counts()
        aside = self.table["split"].iloc[self.quarantined].value_counts()
        return {
            split: {
                "rows": int(rows[split]),
                "accepted": self.statistics[split].rows,
                "quarantined": int(aside[split]),
            }
            for split in SPLITS
        }

    @cached_property
    def by_reason(self) -> dict[str, int]:
        """Rows set aside, by rule, the most frequent first; a row that breaks two rules counts with both."""
        return dict(Counter(rule for broken in self.reasons.values() for rule in broken).most_common())

    def outcome(self) -> str:
        """One line: rows in, accepted, set aside by reason; what was set aside at download, if anything."""
        accepted = sum(count["accepted"] for count in self.counts.values())
        splits = ", ".join(f"{split} {count['accepted']:,}" for split, count in self.counts.items())
        aside = ", ".join(f"{rule} {count:,}" for rule, count in self.by_reason.items())
        line = f"{len(self.table):,} rows in, {accepted:,} accepted ({splits}), {len(self.quarantined):,} set aside" + (
            f" ({aside})" if aside else ""
        )
        if self.left_out:
            reasons = ", ".join(f"{reason} {found.count:,}" for reason, found in self.left_out.items())
            line += f"; {sum(found.count for found in self.left_out.values()):,} set aside at download ({reasons})"
        return line
