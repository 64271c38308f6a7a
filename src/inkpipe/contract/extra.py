"""The corpus's extra columns, which travel into the manifest, and the one that `validate` reads: `origin`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inkpipe.data.corpus import ORIGIN, SPLITS, SYNTHETIC, Corpus


def read_extra(corpus: Corpus) -> pa.Table:
    """Read the extra columns of a corpus.

    Args:
        corpus: the corpus.

    Returns:
        A column of strings for each of them, all splits in the corpus's order; null where a split lacks it.

    Raises:
        InkpipeError: a file is absent or damaged.
    """
    names = corpus.extra_columns()
    return pa.concat_tables(_columns(corpus.parquet(split), names) for split in SPLITS)


def synthetic_rows(extra: pa.Table, rows: int) -> np.ndarray:
    """Tell which rows of a corpus are synthetic, by its column `origin`.

    Args:
        extra: the extra columns.
        rows: of the corpus.

    Returns:
        bool (rows,). No row of a corpus without that column counts as synthetic: its rows are all of one kind.
    """
    if ORIGIN not in extra.column_names:
        return np.zeros(rows, bool)
    return pc.fill_null(pc.equal(extra[ORIGIN], SYNTHETIC), False).to_numpy().astype(bool)


def _columns(file: pq.ParquetFile, names: tuple[str, ...]) -> pa.Table:
    present = file.read(columns=[name for name in names if name in file.schema_arrow.names])
    absent = pa.nulls(file.metadata.num_rows, pa.string())
    return pa.table({name: present[name] if name in present.column_names else absent for name in names})
