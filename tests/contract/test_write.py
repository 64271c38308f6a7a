"""The files for later stages."""

import hashlib
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from inkpipe.contract import write
from inkpipe.contract.write import plot_tables, write_outputs
from inkpipe.data.corpus import SPLITS, Sample
from inkpipe.data.manifest import MANIFEST, QUARANTINE, Manifest
from inkpipe.errors import InkpipeError
from inkpipe.files import write_json


@pytest.fixture
def written(tmp_path, write_corpus, outcome_of):
    """Validate rows by split, with some parameters changed, and write the outputs; their folder."""

    def write(rows, **values):
        corpus = write_corpus(rows)
        write_outputs(tmp_path / "validated", outcome_of(corpus, **values), corpus)
        return tmp_path / "validated"

    return write


def test_the_manifest_has_every_row_in_order(written, clean_rows):
    folder = written(clean_rows)
    table = pq.read_table(folder / "manifest.parquet")
    assert table.schema.equals(MANIFEST)
    rows = [(split, sample) for split in SPLITS for sample in clean_rows[split]]
    assert table["split"].to_pylist() == [split for split, _ in rows]
    assert table["filename"].to_pylist() == [sample.filename for _, sample in rows]
    assert table["label"].to_pylist() == [sample.label for _, sample in rows]
    assert table["digest"].to_pylist() == [hashlib.sha256(sample.image).hexdigest() for _, sample in rows]
    assert set(table["verdict"].to_pylist()) == {"accepted"}
    assert set(zip(table["width"].to_pylist(), table["height"].to_pylist(), strict=True)) == {(240, 32)}
    assert all(0 < ink < 0.2 for ink in table["ink"].to_pylist())
    assert min(table["contrast"].to_pylist()) > 200
    assert pq.read_metadata(folder / "quarantine.parquet").num_rows == 0
    assert Manifest(folder / "manifest.parquet").accepted("test").texts == [s.label for s in clean_rows["test"]]


def test_the_manifest_is_the_same_in_small_parts(written, clean_rows, monkeypatch):
    whole = pq.read_table(written(clean_rows) / "manifest.parquet")
    monkeypatch.setattr(write, "ROWS_AT_ONCE", 7)
    assert pq.read_table(written(clean_rows) / "manifest.parquet").equals(whole)


def test_the_quarantine_has_the_evidence_of_each_row(written, clean_rows, draw, jpeg):
    clean_rows["train"].append(Sample("repeats.jpg", "A" * 35, jpeg(draw("repeats"))))
    clean_rows["train"].append(Sample("symbol.jpg", "A€B", jpeg(draw("symbol"))))
    clean_rows["train"].append(Sample("both.jpg", "EMPTY", b"not an image"))
    folder = written(clean_rows)
    assert pq.read_schema(folder / "quarantine.parquet").equals(QUARANTINE)
    rows = pd.read_parquet(folder / "quarantine.parquet").set_index("filename")
    assert list(rows.index) == ["repeats.jpg", "symbol.jpg", "both.jpg"]
    assert list(rows.loc["repeats.jpg", "evidence"]) == [f"'{'A' * 35}' needs 69 frames, the image has 64"]
    assert list(rows.loc["symbol.jpg", "evidence"]) == ["'A€B' has '€'"]
    assert list(rows.loc["both.jpg", "reasons"]) == ["label_usable", "image_decodes"]
    assert rows.loc["both.jpg", "evidence"][0] == "'EMPTY'"
    assert np.isnan(rows.loc["both.jpg", "width"])


def test_the_report_has_each_rule_and_all_counts(written, clean_rows, tmp_path):
    clean_rows["train"][0] = clean_rows["train"][0]._replace(label="EMPTY")
    (tmp_path / "data/raw").mkdir(parents=True)
    skipped = {"image without label": {"count": 2, "first": []}, "label without image": {"count": 1020, "first": []}}
    write_json(tmp_path / "data/raw/source.json", {"skipped": skipped})
    report = json.loads((written(clean_rows) / "report.json").read_text())
    assert report["rules"]["label_usable"] == {
        "action": "quarantine",
        "checked": 30,
        "examples": ["train/train_00.jpg ('EMPTY')"],
        "expected": "a label other than UNREADABLE, EMPTY",
        "fraction": 0.033333,
        "observed": {},
        "tolerance": 0.05,
        "unit": "rows",
        "verdict": "quarantined",
        "violations": 1,
    }
    assert report["rules"]["split_sizes"]["observed"] == {"train": 19, "validation": 6, "test": 4}
    assert len(report["rules"]) == 21
    assert report["splits"]["train"] == {"rows": 20, "accepted": 19, "quarantined": 1}
    assert report["quarantined"] == {"label_usable": 1}
    assert report["skipped_at_ingest"] == {"image without label": 2, "label without image": 1020}
    assert report["frames"] == 64
    assert report["accepted"]["test"]["width"] == [240, 240]
    assert report["accepted"]["test"]["longest_label"] == 8


def test_rows_that_are_neither_accepted_nor_quarantined_are_a_fault(written, clean_rows, tmp_path, monkeypatch):
    clean_rows["train"][0] = clean_rows["train"][0]._replace(label="EMPTY")
    clean_rows["train"][1] = clean_rows["train"][1]._replace(label="EMPTY")
    written(clean_rows)
    before = (tmp_path / "validated/manifest.parquet").read_bytes()
    write_manifest = write.write_manifest

    def lose_a_row(path, parts, schema=MANIFEST):
        parts = [part[1:] for part in parts] if schema is QUARANTINE else parts
        write_manifest(path, parts, schema)

    monkeypatch.setattr(write, "write_manifest", lose_a_row)
    message = r"train split do not add up. Received: 20 rows in, 18 accepted and 1 quarantined of 20 in the manifest"
    with pytest.raises(InkpipeError, match=message):
        written(clean_rows)
    assert (tmp_path / "validated/manifest.parquet").read_bytes() == before


def test_a_corpus_that_changed_meanwhile_is_refused(tmp_path, write_corpus, outcome_of, clean_rows):
    outcome = outcome_of(write_corpus(clean_rows))
    corpus = write_corpus({**clean_rows, "test": clean_rows["test"][1:]})
    with pytest.raises(InkpipeError, match=r"test split do not add up. Received: 3 rows in, 4 accepted"):
        write_outputs(tmp_path / "validated", outcome, corpus)
    assert not (tmp_path / "validated").exists()


def test_words_that_mean_nothing_to_programs_stay_labels(written, clean_rows):
    for row, label in enumerate(["NA", "NULL", "NaN", "None", "null"]):
        clean_rows["train"][row] = clean_rows["train"][row]._replace(label=label)
    texts = Manifest(written(clean_rows) / "manifest.parquet").accepted("train").texts
    assert texts[:5] == ["NA", "NULL", "NAN", "NONE", "NULL"]


def test_plot_data_are_fractions_by_split(written, clean_rows):
    clean_rows["train"][0] = clean_rows["train"][0]._replace(label="A B")
    plots = written(clean_rows) / "plots"
    characters = pd.read_csv(plots / "characters.csv")
    assert characters["character"].tolist() == ["␣", *"ABCDEFGHIJ"]
    assert characters["train"].sum() == pytest.approx(1, abs=1e-5)
    assert characters["count"].sum() == 19 * 8 + 3
    lengths = pd.read_csv(plots / "lengths.csv")
    assert lengths.to_dict("list") == {"length": [3, 8], "train": [0.05, 0.95], "validation": [0, 1], "test": [0, 1]}
    assert pd.read_csv(plots / "widths.csv")["pixels"].tolist() == [240]


def test_sizes_are_plotted_in_bins_of_eight_pixels(write_corpus, outcome_of, clean_rows, draw, jpeg):
    for row, width in enumerate((247, 248)):
        image = jpeg(draw("ABCDEFGH", width=width))
        clean_rows["train"][row] = clean_rows["train"][row]._replace(image=image)
    widths = plot_tables(outcome_of(write_corpus(clean_rows)).statistics)["widths"]
    assert widths["pixels"].tolist() == [240, 248]
    assert widths["train"].tolist() == [0.95, 0.05]
