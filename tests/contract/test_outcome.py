from inkpipe.contract.outcome import ContractOutcome
from inkpipe.contract.statistics import split_statistics
from inkpipe.data.label_form import LabelChanges, LabelForm


def outcome(table, rules, reasons, results=()):
    accepted = ~table.index.isin(list(reasons))
    statistics = split_statistics(table, accepted, ~accepted)
    return ContractOutcome(
        rules, 64, table, None, results, reasons, statistics, {}, "", LabelForm("upper", "NFC"), LabelChanges()
    )


def test_rows_are_counted_by_split_and_by_reason(fact_table, contract):
    table = fact_table(5, split=["train", "train", "train", "test", "test"])
    both = ["label_length", "aspect"]
    result = outcome(table, contract()[0], {3: both, 0: ["aspect"]})
    assert result.quarantined == [0, 3]
    assert result.counts == {
        "train": {"rows": 3, "accepted": 2, "quarantined": 1},
        "validation": {"rows": 0, "accepted": 0, "quarantined": 0},
        "test": {"rows": 2, "accepted": 1, "quarantined": 1},
    }
    assert list(result.by_reason.items()) == [("aspect", 2), ("label_length", 1)]


def test_the_evidence_is_of_each_reason(fact_table, contract):
    table = fact_table(2, length=[4.0, 50.0], width=[2000.0, 200.0])
    result = outcome(table, contract()[0], {0: ["aspect"], 1: ["label_length", "aspect"]})
    assert result.evidence([1, 0]) == [
        {"label_length": "50 characters", "aspect": "200 x 40 pixels"},
        {"aspect": "2000 x 40 pixels"},
    ]
    assert result.evidence([]) == []
