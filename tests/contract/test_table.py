"""The fact table: facts of labels on chosen ones and, where they are at hand, on all the real labels."""

import csv
from collections import Counter

import numpy as np
import pytest

from inkpipe.contract.expectations import check_rows
from inkpipe.contract.measurements import measure_images
from inkpipe.contract.table import fact_table as make_fact_table
from inkpipe.contract.table import label_facts, require_columns
from inkpipe.data.corpus import Sample
from inkpipe.rules import Columns


@pytest.fixture
def facts(contract):
    def table(labels, **values):
        rules, context = contract(**values)
        return label_facts(labels, rules.on_rows, context)

    return table


def test_labels_are_normalized_counted_and_searched_for_foreign_characters(facts):
    table = facts([" de  la\tCruz ", "Anneé", "", None, "AAB€C€", "`'-"])
    assert table["label"].tolist()[:2] == ["DE LA CRUZ", "ANNEÉ"]
    assert table["label"].isna().tolist() == [False, False, True, True, False, False]
    np.testing.assert_array_equal(table["length"], np.float32([10, 5, np.nan, np.nan, 6, 3]))
    np.testing.assert_array_equal(table["words"], np.float32([3, 1, np.nan, np.nan, 1, 1]))
    np.testing.assert_array_equal(table["frames"], np.float32([10, 6, np.nan, np.nan, 7, 3]))
    assert table["foreign"].dropna().to_dict() == {4: "€"}


def test_no_labels(facts):
    assert facts([]).empty


def test_every_row_of_the_corpus_has_its_facts(contract, write_corpus, in_this_process, clean_rows, jpeg):
    clean_rows["train"][1] = clean_rows["train"][1]._replace(filename="train_00.jpg")
    clean_rows["train"].append(Sample("validation_00.jpg", None, b"no image"))
    corpus, (rules, context) = write_corpus(clean_rows), contract()
    table = make_fact_table(corpus, measure_images(corpus, "local"), rules.on_rows, context)
    assert table["split"].tolist() == ["train"] * 21 + ["validation"] * 6 + ["test"] * 4
    assert table["repeated"].dropna().to_dict() == {0: "train_00.jpg", 1: "train_00.jpg"}
    assert table["decodes"].tolist() == [True] * 20 + [False] + [True] * 10
    assert set(table["aspect"].dropna()) == {240 / 32}
    assert table.iloc[20][["label", "width", "aspect", "contrast"]].isna().all()
    assert "Not an image" in table["fault"].iloc[20]
    assert set(table["own_frames"]) == {64.0}  # 240 px are enlarged to 256; one image was not measured
    np.testing.assert_array_equal(table["spare_frames"], table["own_frames"] - table["frames"])
    assert {str(table[name].dtype) for name in ("width", "ink", "aspect", "length")} == {"float32"}


def test_a_corpus_has_its_columns(contract, write_corpus, clean_rows):
    result = require_columns(write_corpus(clean_rows), contract()[0][Columns])
    assert (result.verdict, result.expected) == ("passed", "filename: string, label: string, image: binary")


@pytest.fixture(scope="module")
def real_labels(shared_sample):
    with shared_sample.with_name("written_name_test_v2.csv").open(encoding="utf-8", newline="") as stream:
        return [*csv.DictReader(stream)]


def test_the_rules_on_all_real_test_labels(real_labels, contract, facts):
    rules, context = contract()
    table = facts([row["IDENTITY"] for row in real_labels])
    table.insert(0, "filename", [row["FILENAME"] for row in real_labels])
    table.insert(0, "split", "test")
    table["decodes"], table["repeated"] = True, None
    for name in ("width", "height", "aspect", "ink", "contrast"):
        table[name] = np.nan  # no images here: rules on them pass
    table["own_frames"], table["spare_frames"] = 64.0, 64 - table["frames"]
    violations = check_rows(table, rules.on_rows, context).violations
    assert len(table) == 41_370
    assert {rule: len(rows) for rule, rows in violations.items() if len(rows)} == {
        "label_present": 70,
        "label_usable": 232,
    }
    markers = table["label"].iloc[violations["label_usable"]]
    assert Counter(markers) == {"EMPTY": 221, "UNREADABLE": 11}
    assert (table["label"] == "NONE").sum() == 5  # a name here, not a missing value
    assert sum(row["IDENTITY"] != row["IDENTITY"].upper() for row in real_labels) == 3  # stray lower case passes
    assert table["length"].max() == 24
    assert table["frames"].max() == 26


def test_stricter_limits_show_the_real_outliers(real_labels, facts):
    labels = [row["IDENTITY"] for row in real_labels]
    table = facts(labels, vocabulary__case="keep", validate__rules__label_characters__categories=["Lu", "Zs", "Pd"])
    outliers = table[table["foreign"].notna()]
    assert outliers["foreign"].str.contains("'").sum() == 23
    assert sorted(outliers["label"][~outliers["foreign"].str.contains("'")]) == ["Deodati", "furet", "lucas"]
