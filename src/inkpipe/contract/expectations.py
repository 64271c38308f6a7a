"""The row rules as a Great Expectations suite, and its Data Docs. The one module that imports Great Expectations."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
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

from inkpipe.params import Params
from inkpipe.vocabulary import normalise

RUN = RunIdentifier(run_name="inkpipe", run_time=datetime(2000, 1, 1, tzinfo=UTC))  # the page tells nothing of when
FOR_OFFLINE = """<style>
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


class Checked(NamedTuple):
    """What the suite found.

    Attributes:
        failures: the rows that break each rule, as rising indices into the table, by rule.
        docs: the Data Docs, one HTML page that reads offline.
    """

    failures: dict[str, np.ndarray]
    docs: str


def check_rows(table: pd.DataFrame, params: Params) -> Checked:
    """Check every row rule that looks at one row, or at file names, on the fact table."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    failures: dict[str, np.ndarray] = {}
    results = []
    for number, expectation in enumerate(_expectations(params)):
        # One expectation at a time, on its column alone: Great Expectations copies all of the table that it is given
        # for each of them, and keeps it for as long as it keeps the source.
        source = context.data_sources.add_pandas(f"corpus {number}")
        rows = source.add_dataframe_asset("table").add_batch_definition_whole_dataframe("rows")
        suite = context.suites.add(gx.ExpectationSuite(name=f"contract {number}", expectations=[expectation]))
        definition = gx.ValidationDefinition(name=f"contract {number}", data=rows, suite=suite)
        result = context.validation_definitions.add(definition).run(
            batch_parameters={"dataframe": table[[expectation.column]]},
            result_format={"result_format": "COMPLETE"},
            run_id=RUN,
        )
        context.data_sources.delete(source.name)
        rule = expectation.meta["rule"]
        failures[rule] = np.union1d(failures.get(rule, _NONE), _broken(result.results[0], rule)).astype(np.int64)
        results += result.results
    statistics = calc_validation_statistics(results)
    whole = ExpectationSuiteValidationResult(
        statistics.success, results, "contract", statistics=statistics._asdict(), meta=result.meta
    )
    return Checked(failures, _offline(DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(whole))))


def _expectations(params: Params) -> Iterator[Any]:
    rules, vocabulary = params.validate_.rules, params.vocabulary
    markers = [normalise(marker, vocabulary.case, vocabulary.unicode_form) for marker in rules.label_usable.markers]
    size, ink = rules.image_size, rules.ink_share

    def of(rule: str) -> dict[str, Any]:
        return {"meta": {"rule": rule}, "mostly": 1 - getattr(rules, rule).tolerance}

    def between(rule: str, column: str, low: float | None, high: float | None) -> Any:
        return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high, **of(rule))

    yield gxe.ExpectColumnValuesToBeNull(column="repeated", **of("unique_filenames"))
    yield gxe.ExpectColumnValuesToNotBeNull(column="label", **of("label_present"))
    yield gxe.ExpectColumnValuesToNotBeInSet(column="label", value_set=markers, **of("label_usable"))
    yield gxe.ExpectColumnValuesToBeNull(column="foreign", **of("label_characters"))
    yield between("label_length", "length", rules.label_length.min, rules.label_length.max)
    yield between("word_count", "words", rules.word_count.min, rules.word_count.max)
    yield between("label_fits", "frames", None, params.frames)
    yield gxe.ExpectColumnValuesToBeInSet(column="decodes", value_set=[True], **of("image_decodes"))
    yield between("image_size", "width", size.min_width, size.max_width)
    yield between("image_size", "height", size.min_height, size.max_height)
    yield between("aspect", "aspect", rules.aspect.min, rules.aspect.max)
    yield between("ink_share", "ink", ink.min, ink.max)
    yield between("ink_share", "contrast", ink.min_contrast, None)


def _broken(found: Any, rule: str) -> np.ndarray:
    """The rows that break an expectation; their lists then go, so that the page stays small."""
    if found.exception_info.get("raised_exception") or "unexpected_index_list" not in found.result:
        raise RuntimeError(f"Great Expectations could not check {rule}: {found.exception_info}")
    rows = found.result.pop("unexpected_index_list")
    for name in ("unexpected_index_query", "unexpected_list", "partial_unexpected_index_list"):
        found.result.pop(name, None)
    found.result = _escaped(found.result)
    return np.array(rows, np.int64)


def _escaped(value: Any) -> Any:
    """A result with its texts as HTML: Great Expectations writes labels and file names into the page as they are."""
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_escaped(item) for item in value)
    return escape(value) if isinstance(value, str) else value


def _offline(page: str) -> str:
    """The page without what it would load from elsewhere or what differs from run to run, with a style of its own."""
    loaded = r"<script\b.*?</script>|<nav\b.*?</nav>|<footer\b.*?</footer>|<link\b[^>]*>|<img\b[^>]*>"
    page = re.sub(loaded, "", page, flags=re.DOTALL)
    page = re.sub(r"-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{8}T\d{6}\.\d{6}Z", "", page)
    return page.replace("</head>", f"{FOR_OFFLINE}</head>", 1)


_NONE = np.zeros(0, np.int64)
