from dataclasses import replace
from pathlib import Path

import pytest

from inkpipe.contract.messages import notices, refusal, summary
from inkpipe.contract.outcome import ContractOutcome
from inkpipe.contract.skipped_files import SkippedFiles
from inkpipe.contract.statistics import split_statistics
from inkpipe.data.label_form import LabelChanges, LabelForm, label_changes
from inkpipe.rules.result import RuleResult

FORM = LabelForm("keep", "NFC")


def outcome(table, rules, reasons=None, verdicts=(), skipped=None):
    reasons = reasons or {}
    accepted = ~table.index.isin(list(reasons))
    statistics = split_statistics(table, accepted, ~accepted)
    results = [
        RuleResult(f"rule_{verdict}", "stop", "good", 4, 1, "rows", verdict, ("train/a.jpg (bad)",), "Mend it.", 0.5)
        for verdict in verdicts
    ]
    return ContractOutcome(
        rules, 64, table, None, results, reasons, statistics, skipped or {}, "", FORM, LabelChanges()
    )


def test_the_summary_counts_rows_by_split_and_reason(fact_table, contract):
    rules, _ = contract()
    table = fact_table(1200, split=["train"] * 1198 + ["validation", "test"])
    assert summary(outcome(table, rules)) == (
        "1,200 rows in, 1,200 accepted (train 1,198, validation 1, test 1), 0 quarantined"
    )
    reasons = {0: ["aspect"], 1: ["aspect", "label_fits"]}
    assert summary(outcome(table, rules, reasons)).endswith("2 quarantined (aspect 2, label_fits 1)")


def test_the_summary_counts_skipped_files(fact_table, contract):
    skipped = {"label without image": SkippedFiles(1020, []), "image without label": SkippedFiles(2, [])}
    line = summary(outcome(fact_table(1), contract()[0], skipped=skipped))
    assert line.endswith("; 2 not transcribed yet; 1,020 skipped at download (label without image 1,020)")


def test_rows_without_a_label_are_not_transcribed_yet_either(fact_table, contract):
    line = summary(outcome(fact_table(3), contract()[0], {0: ["label_present"]}))
    assert line.endswith("; 1 not transcribed yet")


def test_what_was_noticed_is_told(fact_table, contract):
    result = replace(outcome(fact_table(1), contract()[0]), noticed_files={"tiny line": SkippedFiles(1020, [])})
    assert notices(result) == ["noticed at download: tiny line: 1,020"]


def test_the_case_that_was_decided_and_changes_of_labels_are_told(fact_table, contract):
    form = LabelForm("upper", "NFC", "1 of 200 training labels have lower-case letters")
    changes = label_changes(["ANNA", "EvE"], form)
    assert notices(replace(outcome(fact_table(1), contract()[0]), form=form, changes=changes)) == [
        "vocabulary.case: auto takes upper: 1 of 200 training labels have lower-case letters",
        "labels changed: case: 1 of 2, such as 'EvE' becomes 'EVE'",
    ]


def test_notices_name_rules_that_warn_or_quarantine(fact_table, contract):
    result = outcome(fact_table(1), contract()[0], verdicts=("passed", "warned", "quarantined", "stopped"))
    assert [line.split(": 1 of 4 rows")[0] for line in notices(result)] == [
        "warned: rule_warned",
        "quarantined: rule_quarantined",
    ]


def test_the_refusal_names_each_rule_that_stops_and_what_to_do(fact_table, contract):
    result = outcome(fact_table(1), contract()[0], verdicts=("stopped", "warned", "stopped"))
    text = refusal(result, Path("docs/index.html"))
    assert text.startswith("The data contract does not hold; 2 rule(s) stop the pipeline:\n")
    assert text.count("rule_stopped: 1 of 4 rows (25.00%, tolerated 50.00%)") == 2
    assert "First: train/a.jpg (bad)\n    Mend it. (validate.rules.rule_stopped)" in text
    assert "See docs/index.html." in text
    assert "inkpipe inspect" not in text


def test_the_refusal_of_own_data_names_the_next_command(fact_table, contract):
    result = outcome(fact_table(1), contract()[0], verdicts=("stopped",))
    text = refusal(result, Path("docs/index.html"), "my lines")
    assert text.endswith("\nNext: inkpipe inspect 'my lines' proposes parameters that fit this data.")


@pytest.mark.parametrize(
    ("rules", "command"),
    [
        (
            ["near_identical_images"],
            "dvc exp run -S validate.rules.near_identical_images.tolerance=0.174 "
            "quarantines the images that a later split has too.",
        ),
        (
            ["groups_apart", "identical_images"],
            "dvc exp run -S validate.rules.groups_apart.action=warn "
            "-S validate.rules.identical_images.tolerance=0.174 accepts that splits share groups, whose hands the "
            "model then knows, and quarantines the images that a later split has too.",
        ),
        (["label_fits", "identical_images"], "inkpipe inspect lines proposes parameters that fit this data."),
    ],
)
def test_the_refusal_of_leakage_names_the_tolerance_that_quarantines_it(fact_table, contract, rules, command):
    result = outcome(fact_table(1), contract()[0])
    stopped = [
        RuleResult(rule, "quarantine", "", 260, 45, "rows", "stopped", ("train/a.jpg",), "Mend it.", 0.01)
        for rule in rules
    ]
    text = refusal(replace(result, results=stopped), Path("docs/index.html"), "lines")
    assert text.splitlines()[-1] == f"Next: {command}"
