"""The checks of the rules on rows, carried out by Great Expectations, and its Data Docs.

Great Expectations takes seconds to import, so import this module late.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView
from great_expectations.validator.validation_statistics import calc_validation_statistics

from inkpipe.rules import RowRule
from inkpipe.rules.checks import Between, Check, InSet, IsNull, NotInSet, NotNull
from inkpipe.rules.rule import Context

RUN = RunIdentifier(run_name="inkpipe", run_time=datetime(2000, 1, 1, tzinfo=UTC))  # any fixed time: same bytes
STYLE = """<style>
body { font: 15px/1.5 system-ui, sans-serif; color: #26323f; margin: 0 auto; max-width: 66rem; padding: 1rem }
h6, h5 { font-size: 1.1rem; color: #1d3557; margin: 1.5rem 0 .3rem }
table { border-collapse: collapse; font-size: .9rem }
th, td { border: 1px solid #e1e6ec; padding: .3rem .6rem; text-align: left }
a { color: inherit; text-decoration: none; pointer-events: none }
.card, .modal, #ge-cta-footer, a[data-toggle] { display: none }
.badge { font-weight: 700 }
.fa-check-circle::before { content: "\\2713"; color: #2a7f62 }
.fa-times::before { content: "\\2717"; color: #b3261e }
</style>"""


class CheckedRows(NamedTuple):
    """The result of the checks.

    Attributes:
        violations: the rows that violate each rule, as rising int64 indices into the table, by rule.
        page: the Data Docs, one HTML page that needs no network.
    """

    violations: dict[str, np.ndarray]
    page: str


def check_rows(table: pd.DataFrame, rules: Sequence[RowRule], context: Context) -> CheckedRows:
    """Carry out the checks of rules.

    Args:
        table: the fact table.
        rules: rules on rows. Those without checks are left out of the result.
        context: what rules need beside their own limits.

    Returns:
        The violations and the Data Docs. The same table gives the same result, byte by byte.
    """
    gx_context = gx.get_context(mode="ephemeral")
    gx_context.variables.progress_bars = {"globally": False}
    violations: dict[str, np.ndarray] = {}
    results = []
    checks = [(rule, check) for rule in rules for check in rule.checks(context)]
    for number, (rule, check) in enumerate(checks):
        # One expectation at a time, on its column alone: Great Expectations copies the whole table that it is given
        # for each expectation, and keeps the copy as long as it keeps the source.
        source = gx_context.data_sources.add_pandas(f"corpus {number}")
        rows = source.add_dataframe_asset("table").add_batch_definition_whole_dataframe("rows")
        suite = gx.ExpectationSuite(name=f"contract {number}", expectations=[_expectation(rule, check)])
        suite = gx_context.suites.add(suite)
        definition = gx.ValidationDefinition(name=f"contract {number}", data=rows, suite=suite)
        result = gx_context.validation_definitions.add(definition).run(
            batch_parameters={"dataframe": table[[check.column]]},
            result_format={"result_format": "COMPLETE"},
            run_id=RUN,
        )
        gx_context.data_sources.delete(source.name)
        earlier = violations.get(rule.name, np.zeros(0, np.int64))
        violations[rule.name] = np.union1d(earlier, _violations(result.results[0], rule.name)).astype(np.int64)
        results += result.results
    return CheckedRows(violations, _page(results, result.meta))


def _expectation(rule: RowRule, check: Check) -> Any:
    settings: dict[str, Any] = {
        "column": check.column,
        "meta": {"rule": rule.name},
        "mostly": 1 - rule.tolerance,
    }
    match check:
        case Between():
            return gxe.ExpectColumnValuesToBeBetween(min_value=check.low, max_value=check.high, **settings)
        case IsNull():
            return gxe.ExpectColumnValuesToBeNull(**settings)
        case NotNull():
            return gxe.ExpectColumnValuesToNotBeNull(**settings)
        case InSet():
            return gxe.ExpectColumnValuesToBeInSet(value_set=list(check.values), **settings)
        case NotInSet():
            return gxe.ExpectColumnValuesToNotBeInSet(value_set=list(check.values), **settings)


def _violations(result: Any, rule: str) -> np.ndarray:
    """The rows that violate an expectation. They are removed from its result, so that the page stays small."""
    if result.exception_info.get("raised_exception") or "unexpected_index_list" not in result.result:
        raise RuntimeError(f"Great Expectations could not check {rule}: {result.exception_info}")
    rows = result.result.pop("unexpected_index_list")
    for name in ("unexpected_index_query", "unexpected_list", "partial_unexpected_index_list"):
        result.result.pop(name, None)
    result.result = _escaped(result.result)
    return np.array(rows, np.int64)


def _escaped(value: Any) -> Any:
    """A result with its texts as HTML. Great Expectations does not escape the labels and file names in its page."""
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_escaped(item) for item in value)
    return escape(value) if isinstance(value, str) else value


def _page(results: list[Any], meta: Any) -> str:
    statistics = calc_validation_statistics(results)
    whole = ExpectationSuiteValidationResult(
        statistics.success, results, "contract", statistics=statistics._asdict(), meta=meta
    )
    return _offline(DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(whole)))


def _offline(page: str) -> str:
    """The page without what it would load from elsewhere or what differs between runs, in a style of its own."""
    loaded = r"<script\b.*?</script>|<nav\b.*?</nav>|<footer\b.*?</footer>|<link\b[^>]*>|<img\b[^>]*>"
    page = re.sub(loaded, "", page, flags=re.DOTALL)
    page = re.sub(r"-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{8}T\d{6}\.\d{6}Z", "", page)
    return page.replace("</head>", f"{STYLE}</head>", 1)
