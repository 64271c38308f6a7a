"""`validate`: check the corpus against the data contract, set rows aside, stop if the contract does not hold."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from inkpipe.contract.at_download import LeftOut, left_out_at_download
from inkpipe.contract.images import ImageFacts, measure_images
from inkpipe.contract.judgement import Judgement
from inkpipe.contract.leakage import identical, near_identical
from inkpipe.contract.outputs import require_every_row, write_outputs
from inkpipe.contract.page import write_page
from inkpipe.contract.rules import LABEL_RULES, ROW_RULES, row_finding
from inkpipe.contract.splits import split_findings
from inkpipe.contract.statistics import split_statistics
from inkpipe.contract.table import COLUMNS_HOLD, fact_table, require_columns
from inkpipe.corpus import SPLITS
from inkpipe.errors import InkpipeError
from inkpipe.files import whole_directory
from inkpipe.params import Params
from inkpipe.progress import say


def validate(params: Params, raw: Path, target: Path, docs: Path) -> str:
    """Check the corpus in `raw` and leave the manifest, what was set aside and the report in `target`.

    Args:
        params: all parameters; those of `validate`, `vocabulary` (how labels are normalised), the frames that
            `model.preset` and `preprocess.width` give, and `preprocess.workers` are used.
        raw: the corpus, with `source.json` of what its download set aside, if there is one.
        target: directory for `manifest.parquet`, `quarantine.parquet`, `report.json` and `plots/*.csv`: the same bytes
            for the same corpus and parameters. Left as it was if the contract does not hold.
        docs: directory for `index.html`, the page for people, and `great_expectations.html`, Great Expectations' own;
            written in any case.

    Returns:
        One line: rows in, accepted, set aside by reason, at download too.

    Raises:
        InkpipeError: a rule stops the pipeline (the message names rule, count, share and the first offenders), the
            corpus is not one, or rows in are not rows accepted and quarantined.
    """
    # Arrow's usual pool and the C library keep what was freed; a step's leftovers would add to the next one's peak.
    pool = pa.system_memory_pool()
    pa.set_memory_pool(pool)
    require_columns(raw)
    images = measure_images(raw, params.preprocess.workers)
    rules = params.validate_.rules
    table = fact_table(raw, images, params.vocabulary, rules.label_characters)
    pool.release_unused()
    say(f"checking {len(table):,} rows (Great Expectations takes some seconds to start)")
    from inkpipe.contract.expectations import check_rows

    failures, gx_page = check_rows(table, params)
    pool.release_unused()
    failures |= _leaks(params, table, images, failures)
    judgement = _judge(params, table, images, failures, left_out_at_download(raw))
    with whole_directory(docs) as partial:
        (partial / "great_expectations.html").write_text(gx_page, encoding="utf-8")
        write_page(partial / "index.html", judgement, raw)
    _tell(judgement, docs)
    with whole_directory(target) as partial:
        write_outputs(partial, judgement)
        require_every_row(partial, raw)
    return judgement.outcome()


def _leaks(
    params: Params, table: pd.DataFrame, images: ImageFacts, failures: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Rows that leak into a later split, among those not set aside yet; whose twin they are goes into the table."""
    split = table["split"].cat.codes.to_numpy()
    sound = np.ones(len(table), bool)
    for name, rows in failures.items():
        sound[rows] &= getattr(params.validate_.rules, name).action == "warn"
    usable = np.nonzero(sound)[0]
    same = identical(split[usable], images.digest[usable])
    table["identical_to"] = _twin_names(table, usable, same)
    usable = np.delete(usable, list(same))
    distance = params.validate_.rules.near_identical_images.distance
    near = near_identical(split[usable], images.fingerprint[usable], images.ink[usable], distance)
    table["resembles"] = _twin_names(table, usable, near)
    return {
        "identical_images": np.nonzero(table["identical_to"].notna())[0],
        "near_identical_images": np.nonzero(table["resembles"].notna())[0],
    }


def _twin_names(table: pd.DataFrame, usable: np.ndarray, twins: Mapping[int, int]) -> pd.Series[str]:
    rows, others = usable[list(twins.keys())], usable[list(twins.values())]
    names = [f"{split}/{name}" for split, name in table.loc[others, ["split", "filename"]].itertuples(index=False)]
    return pd.Series(dict(zip(rows, names, strict=True)), index=table.index, dtype="str")


def _judge(
    params: Params,
    table: pd.DataFrame,
    images: ImageFacts,
    failures: Mapping[str, np.ndarray],
    left_out: Mapping[str, LeftOut],
) -> Judgement:
    findings = [COLUMNS_HOLD, *(row_finding(name, params, table, failures[name]) for name in ROW_RULES)]
    reasons: dict[int, list[str]] = {}
    for found in findings:
        if found.rule in failures and found.action != "warn":
            for row in failures[found.rule].tolist():
                reasons.setdefault(row, []).append(found.rule)
    accepted = np.ones(len(table), bool)
    accepted[list(reasons)] = False
    statistics = split_statistics(table, accepted)
    bad_labels = [row for row, broken in reasons.items() if not set(broken).isdisjoint(LABEL_RULES)]
    findings += split_findings(
        params.validate_, statistics, _by_split(table["split"]), _by_split(table["split"].iloc[bad_labels])
    )
    return Judgement(params, table, images.digest, findings, reasons, statistics, left_out)


def _by_split(splits: pd.Series[str]) -> dict[str, int]:
    counts = splits.value_counts()
    return {split: int(counts[split]) for split in SPLITS}


def _tell(judgement: Judgement, docs: Path) -> None:
    """Name what was found on standard error; stop if a rule says so."""
    for found in judgement.findings:
        if found.verdict in ("warned", "quarantined"):
            print(f"  {found.verdict}: {found.line()}", file=sys.stderr, flush=True)
    stopped = [found for found in judgement.findings if found.verdict == "stopped"]
    if stopped:
        lines = [f"  {found.line()}\n    {found.advice} (validate.rules.{found.rule})" for found in stopped]
        raise InkpipeError(
            f"The data contract does not hold; {len(stopped)} rule(s) stop the pipeline:\n"
            + "\n".join(lines)
            + f"\nSee {docs / 'index.html'}. Where the data is right, change the rule's limits, tolerance or action."
        )
