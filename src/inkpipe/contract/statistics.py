"""Count over each split what the rules on splits look at."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from inkpipe.data.corpus import SPLITS
from inkpipe.rules.splits import SplitStatistics

LABELS_AT_ONCE = 8192  # as Python strings they take several times the memory that they take in the table


def split_statistics(
    table: pd.DataFrame, accepted: np.ndarray, unusable: np.ndarray, counted: np.ndarray | None = None
) -> dict[str, SplitStatistics]:
    """Count rows, characters, lengths and sizes.

    Args:
        table: the fact table, of n rows.
        accepted: bool (n,), the rows that are accepted. They have a label and an image that decodes.
        unusable: bool (n,), the rows that are quarantined because their label is unusable.
        counted: bool (n,), the rows to count; None for all.

    Returns:
        The statistics by split, in the order of `SPLITS`.
    """
    statistics = {}
    for split in SPLITS:
        inside = (table["split"] == split).to_numpy()
        inside = inside if counted is None else inside & counted
        rows = accepted & inside
        characters, lengths = _label_counts(table, rows)
        widths, heights = (_counts(table[name].to_numpy()[rows]) for name in ("width", "height"))
        statistics[split] = SplitStatistics(
            int(inside.sum()), int((unusable & inside).sum()), int(rows.sum()), characters, lengths, widths, heights
        )
    return statistics


def _label_counts(table: pd.DataFrame, rows: np.ndarray) -> tuple[Counter[str], Counter[int]]:
    characters: Counter[str] = Counter()
    lengths: Counter[int] = Counter()
    for start in range(0, len(table), LABELS_AT_ONCE):
        part = slice(start, start + LABELS_AT_ONCE)
        labels = table["label"].array[part][rows[part]]
        characters.update("".join(labels))
        lengths.update(map(len, labels))
    return characters, Counter(dict(sorted(lengths.items())))


def _counts(values: np.ndarray) -> Counter[int]:
    distinct, counts = np.unique(values.astype(np.int64), return_counts=True)
    return Counter(dict(zip(distinct.tolist(), counts.tolist(), strict=True)))
