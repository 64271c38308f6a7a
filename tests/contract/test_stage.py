"""The stage as a whole: inputs, files, messages."""

import json

import pytest

from inkpipe.contract import measurements
from inkpipe.errors import InkpipeError


def test_a_clean_corpus_leaves_files_and_one_line(run_stage, clean_rows, tmp_path):
    assert run_stage(clean_rows) == "30 rows in, 30 accepted (train 20, validation 6, test 4), 0 quarantined"
    assert {path.name for path in (tmp_path / "data/docs").iterdir()} == {"index.html", "great_expectations.html"}
    assert {path.name for path in (tmp_path / "data/validated").iterdir()} == {
        "manifest.parquet",
        "quarantine.parquet",
        "report.json",
        "labels.json",
        "plots",
    }


def test_what_is_quarantined_is_named_on_standard_error(run_stage, clean_rows, capfd):
    clean_rows["train"][0] = clean_rows["train"][0]._replace(label="A" * 35)
    summary = run_stage(clean_rows)
    assert summary.startswith("30 rows in, 29 accepted (train 19, validation 6, test 4), 1 quarantined (label_fits 1)")
    message = capfd.readouterr().err
    assert "quarantined: label_fits: 1 of 30 rows" in message
    assert "train/train_00.jpg" in message


def test_a_rule_that_only_warns_is_named_and_quarantines_nothing(run_stage, clean_rows, tmp_path, capfd):
    clean_rows["train"][5] = clean_rows["train"][5]._replace(filename="train_04.jpg")
    with pytest.raises(InkpipeError, match=r"unique_filenames: 2 of 30 rows"):
        run_stage(clean_rows)
    run_stage(clean_rows, validate__rules__unique_filenames__action="warn")
    report = json.loads((tmp_path / "data/validated/report.json").read_text())
    assert report["rules"]["unique_filenames"]["verdict"] == "warned"
    assert report["quarantined"] == {}
    assert "warned: unique_filenames" in capfd.readouterr().err


def test_more_violations_than_tolerated_stop_and_leave_the_earlier_output(run_stage, clean_rows, tmp_path):
    validated = tmp_path / "data/validated"
    validated.mkdir(parents=True)
    (validated / "manifest.parquet").write_bytes(b"earlier")
    for row in range(4):
        clean_rows["train"][row] = clean_rows["train"][row]._replace(label="EMPTY")
    message = r"label_usable: 4 of 30 rows \(13.33%, tolerated 5.00%\).*First: train/train_00.jpg \('EMPTY'\)"
    with pytest.raises(InkpipeError, match=message):
        run_stage(clean_rows, validate__rules__unusable_labels__max=1.0)
    assert (validated / "manifest.parquet").read_bytes() == b"earlier"
    assert "stopped" in (tmp_path / "data/docs/index.html").read_text()


def test_a_download_that_skipped_nothing_changes_nothing(run_stage, clean_rows, tmp_path):
    summary = run_stage(clean_rows)
    files = [tmp_path / "data" / name for name in ("validated/report.json", "docs/index.html")]
    before = [file.read_bytes() for file in files]
    (tmp_path / "data/raw/source.json").write_text('{"skipped": {}}')
    assert run_stage(clean_rows) == summary
    assert [file.read_bytes() for file in files] == before
    assert b"at download" not in before[1]


def test_the_same_bytes_with_and_without_a_pool(run_stage, clean_rows, monkeypatch, tmp_path):
    clean_rows["train"][0] = clean_rows["train"][0]._replace(image=b"no image")
    run_stage(clean_rows)
    outputs = [path for name in ("validated", "docs") for path in (tmp_path / "data" / name).rglob("*.*")]
    before = {path: path.read_bytes() for path in outputs}
    assert len(before) == 3 + 5 + 2
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert measurements.map_in_order.__module__ == "inkpipe.parallel.pool"
    run_stage(clean_rows)
    for path, content in before.items():
        assert path.read_bytes() == content, path.name
