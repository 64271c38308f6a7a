"""Facts of labels: exact on chosen ones, and on all the real labels where they are at hand."""

import csv
from collections import Counter

import numpy as np
import pytest

from inkpipe.contract.expectations import check_rows
from inkpipe.contract.table import label_facts


def facts(labels, params):
    return label_facts(labels, params.vocabulary, params.validate_.rules.label_characters)


def test_labels_are_normalised_counted_and_searched_for_foreign_characters(make_params):
    found = facts([" de  la\tCruz ", "Anneé", "", None, "AAB€C€", "`'-"], make_params())
    assert found["label"].tolist()[:2] == ["DE LA CRUZ", "ANNEÉ"]
    assert found["label"].isna().tolist() == [False, False, True, True, False, False]
    np.testing.assert_array_equal(found["length"], np.float32([10, 5, np.nan, np.nan, 6, 3]))
    np.testing.assert_array_equal(found["words"], np.float32([3, 1, np.nan, np.nan, 1, 1]))
    np.testing.assert_array_equal(found["frames"], np.float32([10, 6, np.nan, np.nan, 7, 3]))
    assert found["foreign"].dropna().to_dict() == {4: "€"}


def test_no_labels(make_params):
    assert facts([], make_params()).empty


@pytest.fixture(scope="module")
def real_labels(shared_sample):
    with shared_sample.with_name("written_name_test_v2.csv").open(encoding="utf-8", newline="") as stream:
        return [*csv.DictReader(stream)]


def test_the_rules_on_all_real_test_labels(real_labels, make_params):
    params = make_params()
    table = facts([row["IDENTITY"] for row in real_labels], params)
    table.insert(0, "filename", [row["FILENAME"] for row in real_labels])
    table.insert(0, "split", "test")
    table["decodes"], table["repeated"] = True, None
    for name in ("width", "height", "aspect", "ink", "contrast"):
        table[name] = np.nan  # no images here: rules on them pass
    failures = check_rows(table, params).failures
    assert len(table) == 41_370
    assert {rule: len(rows) for rule, rows in failures.items() if len(rows)} == {
        "label_present": 70,
        "label_usable": 232,
    }
    markers = table["label"].iloc[failures["label_usable"]]
    assert Counter(markers) == {"EMPTY": 221, "UNREADABLE": 11}
    assert (table["label"] == "NONE").sum() == 5  # a name here, not a missing value
    assert sum(row["IDENTITY"] != row["IDENTITY"].upper() for row in real_labels) == 3  # stray lower case passes
    assert table["length"].max() == 24
    assert table["frames"].max() == 26


def test_stricter_limits_find_the_real_outliers(real_labels, make_params):
    params = make_params(vocabulary__case="keep", validate__rules__label_characters__categories=["Lu", "Zs", "Pd"])
    found = facts([row["IDENTITY"] for row in real_labels], params)
    broken = found[found["foreign"].notna()]
    assert broken["foreign"].str.contains("'").sum() == 23
    assert sorted(broken["label"][~broken["foreign"].str.contains("'")]) == ["Deodati", "furet", "lucas"]
