"""The files of `validate` for later stages and DVC. The same outcome gives the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from inkpipe.contract.outcome import ContractOutcome
from inkpipe.data.corpus import ROWS_PER_GROUP, SPLITS, Corpus
from inkpipe.data.manifest import ACCEPTED, MANIFEST, QUARANTINE, QUARANTINED, Manifest, extended, write_manifest
from inkpipe.errors import InkpipeError
from inkpipe.files import whole_directory, write_json
from inkpipe.rules.result import RuleResult
from inkpipe.rules.splits import SplitStatistics

ROWS_AT_ONCE = 8 * ROWS_PER_GROUP  # rows of the manifest that are made and written at a time, for flat memory
PIXELS_PER_BIN = 8  # of the plots of widths and heights: fine enough to see a peak, coarse enough for small corpora
DECIMALS = 6  # of numbers in report.json
VISIBLE = {" ": "␣"}


def write_outputs(folder: Path, outcome: ContractOutcome, corpus: Corpus) -> None:
    """Write `manifest.parquet`, `quarantine.parquet`, `report.json`, `labels.json` and `plots/*.csv`.

    Args:
        folder: is replaced as a whole once all files are written and checked.
        outcome: the outcome of `validate`.
        corpus: the corpus that it is of. Its rows are counted again.

    Raises:
        InkpipeError: the written rows and the corpus's do not add up; the folder cannot be written, or the disk is
            full.
    """
    with whole_directory(folder) as partial:
        manifest, quarantine = (extended(schema, outcome.extra.column_names) for schema in (MANIFEST, QUARANTINE))
        write_manifest(partial / "manifest.parquet", _manifest_parts(outcome, manifest), manifest)
        write_manifest(partial / "quarantine.parquet", [_quarantine(outcome, quarantine)], quarantine)
        write_json(partial / "report.json", _report(outcome))
        outcome.form.save(partial / "labels.json")
        (partial / "plots").mkdir()
        for name, table in plot_tables(outcome.statistics).items():
            table.to_csv(partial / "plots" / f"{name}.csv", index=False, float_format="%.6f", lineterminator="\n")
        _require_every_row(partial, corpus)


def plot_tables(statistics: Mapping[str, SplitStatistics]) -> dict[str, pd.DataFrame]:
    """Compute distributions of the accepted rows, for plots.

    Args:
        statistics: of each split.

    Returns:
        Four tables: `characters` (`character`, `count` in the training split), `lengths` (`length` in characters),
        `widths` and `heights` (`pixels`, the lower end of a bin of eight). Each has a column for each split with the
        fraction of that split's characters or rows, 0 to 1.
    """
    characters = _fractions("character", {split: each.characters for split, each in statistics.items()})
    characters["count"] = [statistics["train"].characters[character] for character in characters["character"]]
    characters["character"] = characters["character"].replace(VISIBLE)
    return {
        "characters": characters,
        "lengths": _fractions("length", {split: each.lengths for split, each in statistics.items()}),
        "widths": _fractions("pixels", {split: _binned(each.widths) for split, each in statistics.items()}),
        "heights": _fractions("pixels", {split: _binned(each.heights) for split, each in statistics.items()}),
    }


def _fractions(key: str, counts: dict[str, Counter[Any]]) -> pd.DataFrame:
    keys = sorted(set().union(*counts.values()))
    fractions = {split: [each[k] / max(each.total(), 1) for k in keys] for split, each in counts.items()}
    return pd.DataFrame({key: keys, **fractions})


def _binned(counts: Counter[int]) -> Counter[int]:
    bins: Counter[int] = Counter()
    for pixels, count in counts.items():
        bins[pixels // PIXELS_PER_BIN * PIXELS_PER_BIN] += count
    return bins


def _manifest_parts(outcome: ContractOutcome, schema: pa.Schema) -> Iterator[pa.Table]:
    for start in range(0, len(outcome.table), ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, len(outcome.table)))
        yield pa.table(_columns(outcome, rows), schema=schema)


def _quarantine(outcome: ContractOutcome, schema: pa.Schema) -> pa.Table:
    columns = _columns(outcome, np.array(outcome.quarantined, np.int64))
    evidence = [list(by_rule.values()) for by_rule in outcome.evidence(outcome.quarantined)]
    return pa.table(columns | {"evidence": evidence}, schema=schema)


def _columns(outcome: ContractOutcome, rows: np.ndarray) -> dict[str, Any]:
    part = outcome.table.iloc[rows]
    reasons = [list(outcome.reasons.get(row, ())) for row in rows.tolist()]
    return {
        "split": part["split"].astype("str"),
        "filename": part["filename"],
        "label": part["label"],
        "width": _pixels(part["width"]),
        "height": _pixels(part["height"]),
        "ink": pa.array(part["ink"], from_pandas=True),
        "contrast": pa.array(part["contrast"], from_pandas=True),
        "digest": [digest.tobytes().hex() for digest in outcome.digest[rows]],
        "verdict": [QUARANTINED if rules else ACCEPTED for rules in reasons],
        "reasons": reasons,
        **{name: outcome.extra[name].take(pa.array(rows)) for name in outcome.extra.column_names},
    }


def _pixels(values: pd.Series[float]) -> pa.Array:
    return pa.array(values.fillna(0).astype(np.int32), mask=values.isna().to_numpy())


def _report(outcome: ContractOutcome) -> dict[str, Any]:
    skipped = {reason: files.count for reason, files in outcome.skipped_files.items()}
    noticed = {reason: files.count for reason, files in outcome.noticed_files.items()}
    return {
        "rules": {result.rule: _described(result) for result in outcome.results},
        "splits": outcome.counts,
        **({"synthetic": outcome.synthetic} if outcome.synthetic else {}),
        "quarantined": outcome.by_reason,
        **({"skipped_at_ingest": skipped} if skipped else {}),
        **({"noticed_at_ingest": noticed} if noticed else {}),
        "frames": outcome.frames,
        "accepted": {split: _summary(outcome.statistics[split]) for split in SPLITS},
    }


def _described(result: RuleResult) -> dict[str, Any]:
    described = asdict(result)
    del described["rule"], described["advice"]
    observed = {name: round(value, DECIMALS) for name, value in result.observed.items()}
    return described | {"fraction": round(result.fraction, DECIMALS), "observed": observed}


def _summary(statistics: SplitStatistics) -> dict[str, Any]:
    return {
        "characters": dict(statistics.characters),
        "longest_label": max(statistics.lengths, default=0),
        "width": [min(statistics.widths, default=0), max(statistics.widths, default=0)],
        "height": [min(statistics.heights, default=0), max(statistics.heights, default=0)],
    }


def _require_every_row(folder: Path, corpus: Corpus) -> None:
    """Check in what was written that accepted and quarantined rows add up to the corpus, split by split."""
    manifest = Manifest(folder / "manifest.parquet").verdicts()
    quarantine = Manifest(folder / "quarantine.parquet").verdicts()
    for split in SPLITS:
        rows, listed = corpus.count(split), manifest[split].total()
        accepted, quarantined = manifest[split][ACCEPTED], quarantine[split].total()
        if not accepted + quarantined == rows == listed:
            raise InkpipeError(
                f"The rows of the {split} split do not add up. Received: {rows:,} rows in, {accepted:,} accepted and "
                f"{quarantined:,} quarantined of {listed:,} in the manifest. If the corpus in {corpus.folder} changed "
                "meanwhile, run again; if not, it is a fault of inkpipe's: report it."
            )
