"""Check a corpus against the data contract."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pyarrow as pa

from inkpipe.contract.duplicates import find_leaks
from inkpipe.contract.extra import read_extra, synthetic_rows
from inkpipe.contract.measurements import measure_images
from inkpipe.contract.outcome import ContractOutcome
from inkpipe.contract.shared_groups import find_shared_groups
from inkpipe.contract.skipped_files import listed_at_ingest
from inkpipe.contract.statistics import split_statistics
from inkpipe.contract.table import fact_table, require_columns
from inkpipe.contract.verdicts import judge_rows, quarantine_reasons, quarantined_rows, unusable_rows
from inkpipe.data.corpus import REAL, SPLITS, SYNTHETIC, Corpus
from inkpipe.data.label_form import LabelForm, label_changes
from inkpipe.params.validate import ValidateParams
from inkpipe.progress import say
from inkpipe.rules import Columns, RowRule
from inkpipe.rules.result import RuleResult, Verdict
from inkpipe.rules.rule import Context
from inkpipe.rules.splits import SplitRule, Splits

EXAMPLES = 10  # violations that the result of a rule on rows names
SEVERITY = get_args(Verdict)  # the verdicts, the mildest first


def validate(
    corpus: Corpus, params: ValidateParams, form: LabelForm, *, frames: int, width: int, workers: str
) -> ContractOutcome:
    """Check every row of a corpus, and every split as a whole.

    In a corpus with real and synthetic rows, neither may hide the faults of the other. So the tolerances of rules on
    rows hold for the real rows, for the synthetic rows and for all of them; unusable labels and drift are judged on
    the real rows alone. The sizes of splits and the counts of characters are those of all rows.

    Args:
        corpus: the corpus, with `source.json` if files were skipped when it was downloaded.
        params: the rules.
        form: in which labels are learned and compared.
        frames: the frames of the model's output, with which CTC aligns a label.
        width: the columns of the model's input.
        workers: where images are measured, see `inkpipe.parallel.pool.map_in_order`. The outcome does not depend on it.

    Returns:
        The verdict on every row and every rule. Whether a rule stops the pipeline is for the caller to ask.

    Raises:
        InkpipeError: the files are no corpus, or have no row; the workers cannot be reached.
    """
    # Arrow's usual pool and the C library keep freed memory; the leftovers of a step would add to the next one's peak.
    pool = pa.system_memory_pool()
    pa.set_memory_pool(pool)
    rules, context = params.rules, Context(frames, width, params.min_tolerated_rows, form.normalize)
    columns, listed = require_columns(corpus, rules[Columns]), listed_at_ingest(corpus)
    extra = read_extra(corpus)
    measurements = measure_images(corpus, workers)
    table = fact_table(corpus, measurements, rules.on_rows, context)
    pool.release_unused()
    say(f"checking {len(table):,} rows (Great Expectations takes some seconds to start)")
    from inkpipe.contract.expectations import check_rows

    checked = check_rows(table, rules.on_rows, context)
    pool.release_unused()
    violations = checked.violations | find_shared_groups(table, extra)
    violations |= find_leaks(table, measurements, rules, violations)
    synthetic = synthetic_rows(extra, len(table))
    accepted = ~quarantined_rows(rules.on_rows, violations, len(table))
    unusable = unusable_rows(rules.on_rows, violations, len(table))
    statistics = split_statistics(table, accepted, unusable)
    of_real_rows = split_statistics(table, accepted, unusable, ~synthetic) if synthetic.any() else statistics
    results = [
        columns,
        *(_row_result(rule, table, violations[rule.name], synthetic, context) for rule in rules.on_rows),
        *(_split_result(rule, statistics, of_real_rows, context) for rule in rules.on_splits),
    ]
    return ContractOutcome(
        rules=rules,
        frames=frames,
        table=table,
        digest=measurements.digest,
        results=results,
        reasons=quarantine_reasons(rules.on_rows, violations),
        statistics=statistics,
        skipped_files=listed.skipped,
        noticed_files=listed.noticed,
        data_docs=checked.page,
        extra=extra,
        form=form,
        changes=label_changes((label for split in SPLITS for label in corpus.labels(split)), form),
    )


def _split_result(rule: SplitRule, statistics: Splits, of_real_rows: Splits, context: Context) -> RuleResult:
    if not rule.of_real_rows or of_real_rows is statistics:
        return rule.check(statistics, context)
    result = rule.check(of_real_rows, context)
    return replace(result, unit=f"{result.unit} of real rows")


def _row_result(
    rule: RowRule, table: pd.DataFrame, rows: np.ndarray, synthetic: np.ndarray, context: Context
) -> RuleResult:
    """The result of a rule that some rows of the fact table violate; of one origin alone where that is more severe."""
    whole = judge_rows(rule, table, rows, len(table), context, EXAMPLES)
    if not synthetic.any():
        return whole
    by_origin = []
    for origin, mask in ((REAL, ~synthetic), (SYNTHETIC, synthetic)):
        result = judge_rows(rule, table, rows[mask[rows]], int(mask.sum()), context, EXAMPLES)
        by_origin.append(replace(result, unit=f"{origin} rows"))
    return max([whole, *by_origin], key=lambda result: SEVERITY.index(result.verdict))
