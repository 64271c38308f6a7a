"""Each kind of check finds its violations, and the Data Docs are stable, offline and escaped."""

import re

import numpy as np
import pytest

from inkpipe.contract.expectations import check_rows


@pytest.fixture
def check(contract):
    def checked(table, **values):
        rules, context = contract(**values)
        return check_rows(table, rules.on_rows, context)

    return checked


def test_every_kind_of_check_finds_its_violations(fact_table, check):
    table = fact_table(
        6,
        repeated=[None, "a", None, None, None, None],
        label=["EMPTY", None, "B", "C", "D", "E"],
        length=[5, np.nan, 201, 200, 1, 0],
        decodes=[True, True, True, False, True, True],
        width=[7, 8, 4096, np.nan, 4097, 200],
        height=[40, 40, 40, np.nan, 40, 7],
    )
    violations = {rule: rows.tolist() for rule, rows in check(table).violations.items() if len(rows)}
    assert violations == {
        "unique_filenames": [1],
        "label_present": [1],
        "label_usable": [0],
        "label_length": [2, 5],
        "image_decodes": [3],
        "image_size": [0, 4, 5],
    }


def test_rules_without_checks_are_left_out(fact_table, check, contract):
    rules, context = contract()
    with_checks = {rule.name for rule in rules.on_rows if rule.checks(context)}
    assert set(check(fact_table(2)).violations) == with_checks


def test_the_page_is_the_same_every_time_and_loads_nothing(fact_table, check):
    table = fact_table(4, label=["<b>X", "EMPTY", None, "Y"], repeated=["<b>.jpg", None, None, None])
    page = check(table).page
    assert page == check(table).page
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page)
    assert "<b>." not in page
    assert "&lt;b&gt;.jpg" in page
    summary = re.sub(r"<.*?>|\s+", " ", page)
    assert re.search(r"Evaluated Expectations\s+13\s+Successful Expectations\s+11\s", summary)


def test_a_check_that_cannot_be_made_is_an_error(fact_table, check):
    with pytest.raises(RuntimeError, match="Great Expectations could not check word_count"):
        check(fact_table(2, words=["one", "two"]))
