import pyarrow as pa

from inkpipe.contract.shared_groups import find_shared_groups
from inkpipe.data.corpus import SPLITS, write_split


def test_the_rows_of_the_earlier_split_violate_the_rule(fact_table):
    table = fact_table(7, split=["train"] * 4 + ["validation"] * 2 + ["test"])
    extra = pa.table({"group": ["a", "b", None, "c", "a", "d", "d"]})
    assert find_shared_groups(table, extra)["groups_apart"].tolist() == [0, 5]
    assert table["shared_group"].dropna().to_dict() == {0: "'a' is in validation too", 5: "'d' is in test too"}


def test_a_corpus_without_groups_violates_nothing(fact_table):
    table = fact_table(2)
    assert find_shared_groups(table, pa.table({}))["groups_apart"].tolist() == []
    assert table["shared_group"].isna().all()


def outcome_with_groups(rows, outcome_of, write_corpus, groups):
    corpus = write_corpus(rows)
    for split in SPLITS:
        named = [row._replace(extra={"group": groups(split, number)}) for number, row in enumerate(rows[split])]
        write_split(corpus.folder, split, named, ("group",))
    return outcome_of(corpus)


def test_a_few_rows_are_quarantined_and_many_stop(clean_rows, outcome_of, write_corpus, reasons):
    few = outcome_with_groups(
        clean_rows, outcome_of, write_corpus, lambda split, number: "shared" if number == 3 else f"{split} {number}"
    )
    assert reasons(few) == {"train_03.jpg": ["groups_apart"], "validation_03.jpg": ["groups_apart"]}
    assert few.evidence(few.quarantined)[0] == {"groups_apart": "'shared' is in test too"}
    many = outcome_with_groups(clean_rows, outcome_of, write_corpus, lambda split, number: f"w{number}")
    assert [result.rule for result in many.stopping if result.rule == "groups_apart"] == ["groups_apart"]
