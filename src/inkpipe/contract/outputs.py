"""What `validate` leaves for later stages, DVC and people: the same bytes for the same corpus and parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from inkpipe.contract.judgement import Judgement
from inkpipe.contract.rules import offence
from inkpipe.contract.statistics import SplitStatistics
from inkpipe.corpus import ROWS_PER_GROUP, SPLITS, count_rows
from inkpipe.errors import InkpipeError
from inkpipe.files import write_json
from inkpipe.manifest import ACCEPTED, MANIFEST, QUARANTINED, count_verdicts

QUARANTINE = MANIFEST.append(pa.field("evidence", pa.list_(pa.string())))  # for each reason, what is wrong
PIXELS_PER_BIN = 8
VISIBLE = {" ": "␣"}


def write_outputs(target: Path, judgement: Judgement) -> None:
    """Write `manifest.parquet`, `quarantine.parquet`, `report.json` and `plots/*.csv` into `target`."""
    _write_manifest(target / "manifest.parquet", judgement)
    _write_quarantine(target / "quarantine.parquet", judgement)
    write_json(target / "report.json", _report(judgement))
    (target / "plots").mkdir()
    for name, table in plot_tables(judgement).items():
        table.to_csv(target / "plots" / f"{name}.csv", index=False, float_format="%.6f", lineterminator="\n")


def require_every_row(target: Path, raw: Path) -> None:
    """Check in what was written that accepted and quarantined rows add up to the corpus, split by split.

    Raises:
        InkpipeError: they do not.
    """
    listed = count_verdicts(target / "manifest.parquet")
    set_aside = count_verdicts(target / "quarantine.parquet")
    for split in SPLITS:
        rows, inside = count_rows(raw, split), listed[split].total()
        accepted, quarantined = listed[split][ACCEPTED], set_aside[split].total()
        if not accepted + quarantined == rows == inside:
            raise InkpipeError(
                f"The rows of the {split} split do not add up. Received: {rows:,} rows in, {accepted:,} accepted and "
                f"{quarantined:,} quarantined of {inside:,} in the manifest. If the corpus in {raw} changed "
                "meanwhile, run again; if not, it is a fault of inkpipe's: report it."
            )


def plot_tables(judgement: Judgement) -> dict[str, pd.DataFrame]:
    """Shares by split, of the accepted rows, for plots.

    Returns:
        `characters` (`character`, a share of all characters for each split, `count` in training), `lengths` (`length`
        in characters, shares), `widths` and `heights` (`pixels`, the lower end of a bin of eight, shares).
    """
    statistics = judgement.statistics
    characters = _shares("character", {split: found.characters for split, found in statistics.items()})
    characters["count"] = [statistics["train"].characters[character] for character in characters["character"]]
    characters["character"] = characters["character"].replace(VISIBLE)
    return {
        "characters": characters,
        "lengths": _shares("length", {split: found.lengths for split, found in statistics.items()}),
        "widths": _shares("pixels", {split: _binned(found.widths) for split, found in statistics.items()}),
        "heights": _shares("pixels", {split: _binned(found.heights) for split, found in statistics.items()}),
    }


def _shares(key: str, counts: dict[str, Counter[Any]]) -> pd.DataFrame:
    keys = sorted(set().union(*counts.values()))
    shares = {split: [found[k] / max(found.total(), 1) for k in keys] for split, found in counts.items()}
    return pd.DataFrame({key: keys, **shares})


def _binned(counts: Counter[int]) -> Counter[int]:
    bins: Counter[int] = Counter()
    for pixels, count in counts.items():
        bins[pixels // PIXELS_PER_BIN * PIXELS_PER_BIN] += count
    return bins


def _write_manifest(path: Path, judgement: Judgement) -> None:
    with pq.ParquetWriter(path, MANIFEST, compression="zstd") as writer:
        for start in range(0, len(judgement.table), ROWS_PER_GROUP * 8):
            rows = np.arange(start, min(start + ROWS_PER_GROUP * 8, len(judgement.table)))
            writer.write_table(pa.table(_manifest_columns(judgement, rows), schema=MANIFEST))


def _write_quarantine(path: Path, judgement: Judgement) -> None:
    rows = np.array(judgement.quarantined, np.int64)
    columns = _manifest_columns(judgement, rows) | {"evidence": list(_evidence(judgement))}
    pq.write_table(pa.table(columns, schema=QUARANTINE), path, compression="zstd")


def _manifest_columns(judgement: Judgement, rows: np.ndarray) -> dict[str, Any]:
    part = judgement.table.iloc[rows]
    reasons = [list(judgement.reasons.get(row, ())) for row in rows.tolist()]
    return {
        "split": part["split"].astype("str"),
        "filename": part["filename"],
        "label": part["label"],
        "width": _pixels(part["width"]),
        "height": _pixels(part["height"]),
        "digest": [digest.tobytes().hex() for digest in judgement.digest[rows]],
        "verdict": [QUARANTINED if broken else ACCEPTED for broken in reasons],
        "reasons": reasons,
    }


def _pixels(values: pd.Series[float]) -> pa.Array:
    return pa.array(values.fillna(0).astype(np.int32), mask=values.isna().to_numpy())


def _evidence(judgement: Judgement) -> Iterator[list[str]]:
    rows = judgement.table.iloc[judgement.quarantined].to_dict("records")
    for number, row in zip(judgement.quarantined, rows, strict=True):
        yield [offence(rule, row) for rule in judgement.reasons[number]]


def _report(judgement: Judgement) -> dict[str, Any]:
    findings = {found.rule: asdict(found) | {"share": round(found.share, 6)} for found in judgement.findings}
    for found in findings.values():
        del found["rule"], found["advice"]
        found["figures"] = {name: round(value, 6) for name, value in (found["figures"] or {}).items()}
    left_out = {reason: found.count for reason, found in judgement.left_out.items()}
    return {
        "rules": findings,
        "splits": judgement.counts,
        "set_aside": judgement.by_reason,
        **({"set_aside_at_download": left_out} if left_out else {}),
        "frames": judgement.params.frames,
        "accepted": {split: _summary(judgement.statistics[split]) for split in SPLITS},
    }


def _summary(statistics: SplitStatistics) -> dict[str, Any]:
    return {
        "characters": dict(statistics.characters),
        "longest_label": max(statistics.lengths, default=0),
        "width": [min(statistics.widths, default=0), max(statistics.widths, default=0)],
        "height": [min(statistics.heights, default=0), max(statistics.heights, default=0)],
    }
