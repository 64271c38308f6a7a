from inkpipe.rules.checks import IsNull
from inkpipe.rules.structure import Columns, UniqueFilenames

EXPECTED = "filename: string, label: string"


def test_the_same_columns_pass(make_rule):
    result = make_rule(Columns).check({"raw/train.parquet": EXPECTED, "raw/test.parquet": EXPECTED}, EXPECTED)
    assert (result.verdict, result.checked, result.violations, result.unit) == ("passed", 2, 0, "splits")
    assert result.expected == EXPECTED


def test_other_columns_stop_the_pipeline(make_rule):
    result = make_rule(Columns).check({"raw/train.parquet": "filename: string", "raw/test.parquet": EXPECTED}, EXPECTED)
    assert (result.verdict, result.violations) == ("stopped", 1)
    assert result.examples == ("raw/train.parquet has filename: string",)


def test_file_names_are_checked_by_the_column_of_repeated_ones(make_rule, context):
    rule = make_rule(UniqueFilenames)
    assert rule.checks(context) == (IsNull("repeated"),)
    assert rule.evidence({}) == "not the only one"
