"""The search for groups, such as writers or pages, that are in more than one split."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from inkpipe.data.corpus import GROUP
from inkpipe.rules.leakage import GroupsApart


def find_shared_groups(table: pd.DataFrame, extra: pa.Table) -> dict[str, np.ndarray]:
    """Find the rows whose group is also in a later split.

    Args:
        table: the fact table. It gets the column `shared_group`, such as `'writer 7' is in test too`; null for rows
            without a group, or whose group is in no later split.
        extra: the corpus's extra columns, in the table's order.

    Returns:
        The rows that violate the rule `groups_apart`, as rising indices into the table, by rule.
    """
    if GROUP not in extra.column_names:
        table[GroupsApart.copy_column] = pd.Series(None, index=table.index, dtype="str")
        return {GroupsApart.name: np.zeros(0, np.int64)}
    codes, names = pd.factorize(extra[GROUP].to_pandas())  # -1 for a null
    split = table["split"].cat.codes.to_numpy()
    last = np.zeros(len(names), split.dtype)
    known = codes >= 0
    np.maximum.at(last, codes[known], split[known])
    rows = np.flatnonzero(known)
    rows = rows[last[codes[rows]] > split[rows]]
    splits = table["split"].cat.categories
    words = {row: f"{names[codes[row]]!r} is in {splits[last[codes[row]]]} too" for row in rows.tolist()}
    table[GroupsApart.copy_column] = pd.Series(words, index=table.index, dtype="str")
    return {GroupsApart.name: rows}
