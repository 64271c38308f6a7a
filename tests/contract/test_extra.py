import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inkpipe.contract.extra import read_extra, synthetic_rows
from inkpipe.contract.write import write_outputs
from inkpipe.data.corpus import SPLITS, Corpus, Sample, write_split
from inkpipe.data.manifest import QUARANTINE, Manifest
from inkpipe.errors import InkpipeError


@pytest.fixture
def write_mixed(tmp_path, clean_rows, draw, jpeg):
    """Write a corpus of clean real rows and as many synthetic training rows as wanted, with the columns given."""

    def write(synthetic=40, label="ZYXWVUTS", columns=("origin",), change=lambda rows: None):
        rows = {split: [row._replace(extra={"origin": "real"}) for row in clean_rows[split]] for split in SPLITS}
        rows["train"] += [
            Sample(f"synthetic/{i}.jpg", label, jpeg(draw(label, 40, 200 + 4 * i)), {"origin": "synthetic"})
            for i in range(synthetic)
        ]
        change(rows)
        for split in SPLITS:
            write_split(tmp_path, split, rows[split], columns)
        return Corpus(tmp_path)

    return write


def results(outcome):
    return {result.rule: result for result in outcome.results}


def test_extra_columns_travel_into_the_manifest_whatever_they_are(write_mixed, outcome_of, tmp_path):
    def change(rows):
        rows["validation"] = [
            row._replace(extra={"origin": "real", "writer": f"w{i}"}) for i, row in enumerate(rows["validation"])
        ]
        rows["train"][3] = rows["train"][3]._replace(label="EMPTY")

    corpus = write_mixed(columns=("origin", "writer"), change=change)
    write_outputs(tmp_path / "validated", outcome_of(corpus), corpus)
    manifest = Manifest(tmp_path / "validated/manifest.parquet")
    assert manifest.extra_columns() == ("origin", "writer")
    assert manifest.columns("validation", ["writer"])["writer"].to_pylist() == [f"w{i}" for i in range(6)]
    assert manifest.columns("train", ["writer", "origin"]).to_pylist()[19:21] == [
        {"writer": None, "origin": "real"},
        {"writer": None, "origin": "synthetic"},
    ]
    quarantine = pq.read_table(tmp_path / "validated/quarantine.parquet")
    assert quarantine.schema.names == [*QUARANTINE.names, "origin", "writer"]
    assert quarantine["origin"].to_pylist() == ["real"]
    real, synthetic = (manifest.accepted("train", synthetic=kind) for kind in (False, True))
    assert (len(real.rows), synthetic.rows) == (19, list(range(20, 60)))
    assert len(manifest.accepted("train").rows) == 59
    report = json.loads((tmp_path / "validated/report.json").read_text())
    assert report["synthetic"] == {"train": {"rows": 40, "accepted": 40}}


def test_a_split_without_a_column_of_another_has_nulls_there(tmp_path):
    rows = [Sample("a.jpg", "A", b"", {"writer": "w"})]
    for split in SPLITS:
        write_split(tmp_path, split, rows, ("writer",) if split == "test" else ())
    assert read_extra(Corpus(tmp_path)).to_pydict() == {"writer": [None, None, "w"]}


def test_rows_are_synthetic_by_their_origin_alone():
    extra = pa.table({"origin": pa.array(["real", "synthetic", None])})
    assert synthetic_rows(extra, 3).tolist() == [False, True, False]
    assert synthetic_rows(pa.table({}), 2).tolist() == [False, False]


def test_drift_and_unusable_labels_are_judged_on_real_rows_and_characters_on_all(write_mixed, outcome_of):
    outcome = outcome_of(write_mixed(synthetic=60))
    by_rule = results(outcome)
    assert by_rule["character_drift"].verdict == by_rule["size_drift"].verdict == "passed"
    assert by_rule["character_drift"].unit == "comparisons of real rows"
    assert by_rule["split_sizes"].observed["train"] == 80
    assert "'Z'" not in str(by_rule["character_count"].examples)
    assert by_rule["character_count"].checked == 18


def test_synthetic_rows_do_not_hide_unusable_labels_of_real_ones(write_mixed, outcome_of):
    def change(rows):
        for i in range(4):
            rows["train"][i] = rows["train"][i]._replace(label="EMPTY")

    by_rule = results(outcome_of(write_mixed(synthetic=80, change=change)))
    unusable = by_rule["unusable_labels"]
    assert unusable.verdict == "stopped"
    assert unusable.examples == ("train (4 of 20, 20.00%)",)
    marked = by_rule["label_usable"]
    assert (marked.verdict, marked.violations, marked.checked, marked.unit) == ("stopped", 4, 30, "real rows")


def test_the_summary_counts_synthetic_rows(write_mixed, outcome_of):
    from inkpipe.contract.messages import summary

    assert summary(outcome_of(write_mixed(synthetic=7))).endswith("; 7 of the accepted rows are synthetic")


@pytest.mark.parametrize(("name", "kind"), [("width", pa.string()), ("score", pa.float32())])
def test_an_extra_column_must_be_text_and_no_column_of_the_manifest(tmp_path, outcome_of, clean_rows, name, kind):
    for split in SPLITS:
        write_split(tmp_path, split, clean_rows[split])
        path = tmp_path / f"{split}.parquet"
        table = pq.read_table(path)
        pq.write_table(table.append_column(name, pa.array(np.full(len(table), None), kind)), path)
    with pytest.raises(InkpipeError, match=rf"Rule `columns`.*train.parquet has .*image: binary, {name}: {kind}"):
        outcome_of(Corpus(tmp_path))
