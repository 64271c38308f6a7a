"""The whole of `validate` on small corpora with known faults."""

import csv
import hashlib
import io
import json
import re
import zipfile

import cv2
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from inkpipe.contract import images, outputs
from inkpipe.contract.validation import validate
from inkpipe.corpus import SPLITS, Sample, write_split
from inkpipe.errors import InkpipeError
from inkpipe.files import write_json
from inkpipe.manifest import MANIFEST, accepted_rows


@pytest.fixture
def run(tmp_path, make_params, write_corpus, in_this_process):
    """Validate rows by split with some parameters changed; the folder with `validated` and `docs`, and the outcome."""

    def validated(rows, **values):
        outcome = validate(make_params(**values), write_corpus(rows), tmp_path / "validated", tmp_path / "docs")
        return tmp_path, outcome

    return validated


def reasons(folder):
    table = pd.read_parquet(folder / "validated/manifest.parquet")
    return {row.filename: list(row.reasons) for row in table.itertuples() if row.verdict == "quarantined"}


def report(folder):
    return json.loads((folder / "validated/report.json").read_text())


def test_a_clean_corpus_is_accepted_whole_and_in_order(run, clean_rows):
    folder, outcome = run(clean_rows)
    table = pq.read_table(folder / "validated/manifest.parquet")
    assert table.schema.equals(MANIFEST)
    rows = [(split, sample) for split in SPLITS for sample in clean_rows[split]]
    assert table["split"].to_pylist() == [split for split, _ in rows]
    assert table["filename"].to_pylist() == [sample.filename for _, sample in rows]
    assert table["label"].to_pylist() == [sample.label for _, sample in rows]
    assert table["digest"].to_pylist() == [hashlib.sha256(sample.image).hexdigest() for _, sample in rows]
    assert set(table["verdict"].to_pylist()) == {"accepted"}
    assert set(zip(table["width"].to_pylist(), table["height"].to_pylist(), strict=True)) == {(240, 32)}
    assert pq.read_metadata(folder / "validated/quarantine.parquet").num_rows == 0
    assert outcome == "30 rows in, 30 accepted (train 20, validation 6, test 4), 0 set aside"
    assert accepted_rows(folder / "validated/manifest.parquet", "test").texts == [s.label for s in clean_rows["test"]]


def test_each_fault_is_set_aside_with_every_reason(run, clean_rows, draw, jpeg, capfd):
    def blank(value):
        return jpeg(np.full((32, 240), value, np.uint8))

    faulty = {
        "empty.jpg": ("  ", None, ["label_present"]),
        "none.jpg": (None, None, ["label_present"]),
        "marker.jpg": ("unreadable", None, ["label_usable"]),
        "symbol.jpg": ("A€B", None, ["label_characters"]),
        "long.jpg": ("AB" * 25, None, ["label_length"]),
        "wordy.jpg": ("A B C D E F G H I J", None, ["word_count"]),
        "repeats.jpg": ("A" * 35, None, ["label_fits"]),
        "cut.jpg": ("CUT", jpeg(draw("CUT"))[:300], ["image_decodes"]),
        "text.jpg": ("TEXT", b"not an image", ["image_decodes"]),
        "nothing.jpg": ("NOTHING", b"", ["image_decodes"]),
        "small.jpg": ("SMALL", jpeg(draw("SMALL")[14:21, :100]), ["image_size"]),
        "tall.jpg": ("TALL", jpeg(draw("I", height=200, width=24)), ["aspect"]),
        "blank.jpg": ("BLANK", blank(250), ["ink_share"]),
        "black.jpg": ("BLACK", blank(3), ["ink_share"]),
        "both.jpg": ("EMPTY", b"not an image", ["label_usable", "image_decodes"]),
    }
    for name, (label, image, _) in faulty.items():
        clean_rows["train"].append(Sample(name, label, jpeg(draw(name)) if image is None else image))
    folder, outcome = run(clean_rows, validate__always_tolerated=9, validate__rules__unusable_labels__max=1.0)
    assert reasons(folder) == {name: broken for name, (_, _, broken) in faulty.items()}
    assert report(folder)["splits"]["train"] == {"rows": 35, "accepted": 20, "quarantined": 15}
    assert report(folder)["set_aside"]["image_decodes"] == 4
    assert outcome.startswith(
        "45 rows in, 30 accepted (train 20, validation 6, test 4), 15 set aside (image_decodes 4, "
    )
    aside = pd.read_parquet(folder / "validated/quarantine.parquet").set_index("filename")
    assert list(aside.index) == list(faulty)
    assert list(aside.loc["repeats.jpg", "evidence"]) == [f"'{'A' * 35}' needs 69 frames"]
    assert list(aside.loc["symbol.jpg", "evidence"]) == ["'A€B' has '€'"]
    assert np.isnan(aside.loc["text.jpg", "width"])
    said = capfd.readouterr().err
    assert "quarantined: label_fits: 1 of 45 rows" in said
    assert "train/repeats.jpg" in said


def test_what_the_download_set_aside_is_told_everywhere(run, clean_rows, tmp_path):
    orphans = [{"filename": f"lost_{n:02}.jpg", "split": "train", "label": "<b>X", "line": n} for n in range(20)]
    left_out = {
        "image without label": {"count": 2, "first": [{"filename": "stray.png"}, {"filename": "odd.jp2"}]},
        "label without image": {"count": 1020, "first": orphans},
    }
    (tmp_path / "raw").mkdir()
    write_json(tmp_path / "raw/source.json", {"set_aside": left_out})
    folder, outcome = run(clean_rows)
    assert outcome == (
        "30 rows in, 30 accepted (train 20, validation 6, test 4), 0 set aside; "
        "1,022 set aside at download (label without image 1,020, image without label 2)"
    )
    assert report(folder)["set_aside_at_download"] == {"image without label": 2, "label without image": 1020}
    page = (folder / "docs/index.html").read_text()
    assert "label without image: 1,020</h3>" in page
    assert "<td>train</td><td><code>lost_11.jpg</code></td><td>&lt;b&gt;X</td>" in page
    assert "lost_12.jpg" not in page
    assert "<code>stray.png</code>" in page


def test_a_download_that_set_nothing_aside_changes_nothing(run, clean_rows, tmp_path):
    without, outcome = run(clean_rows)
    before = {name: (without / name).read_bytes() for name in ("validated/report.json", "docs/index.html")}
    write_json(tmp_path / "raw/source.json", {"set_aside": {}})
    assert run(clean_rows)[1] == outcome
    assert {name: (without / name).read_bytes() for name in before} == before
    assert b"at download" not in before["docs/index.html"]


def test_one_corrupt_image_does_not_stop_a_small_corpus(run, clean_rows):
    clean_rows["train"][3] = clean_rows["train"][3]._replace(image=b"\xff\xd8\xff")
    folder, _ = run(clean_rows, validate__rules__image_decodes__tolerance=0.0)
    assert reasons(folder) == {"train_03.jpg": ["image_decodes"]}


def test_more_failures_than_tolerated_stop_and_leave_the_earlier_output(run, clean_rows, tmp_path):
    (tmp_path / "validated").mkdir()
    (tmp_path / "validated/manifest.parquet").write_bytes(b"earlier")
    for row in range(4):
        clean_rows["train"][row] = clean_rows["train"][row]._replace(label="EMPTY")
    message = r"label_usable: 4 of 30 rows \(13.33%, tolerated 5.00%\).*First: train/train_00.jpg \('EMPTY'\)"
    with pytest.raises(InkpipeError, match=message):
        run(clean_rows, validate__rules__unusable_labels__max=1.0)
    assert (tmp_path / "validated/manifest.parquet").read_bytes() == b"earlier"
    assert "stopped" in (tmp_path / "docs/index.html").read_text()


def test_stop_allows_no_single_failure_and_warn_any(run, clean_rows, capfd):
    clean_rows["train"][5] = clean_rows["train"][5]._replace(filename="train_04.jpg")
    with pytest.raises(InkpipeError, match=r"unique_filenames: 2 of 30 rows"):
        run(clean_rows)
    folder, _ = run(clean_rows, validate__rules__unique_filenames__action="warn")
    assert reasons(folder) == {}
    assert report(folder)["rules"]["unique_filenames"]["verdict"] == "warned"
    assert "warned: unique_filenames" in capfd.readouterr().err


def test_a_split_without_a_row_stops_whatever_the_action(run, clean_rows):
    clean_rows["test"] = []
    with pytest.raises(InkpipeError, match=r"split_sizes.*test \(0 accepted\)"):
        run(clean_rows, validate__rules__split_sizes__action="warn")


def test_no_usable_training_row_stops(run, clean_rows):
    clean_rows["train"] = [sample._replace(image=b"") for sample in clean_rows["train"]]
    with pytest.raises(InkpipeError, match=r"train \(0 accepted\)"):
        run(clean_rows, validate__rules__image_decodes__tolerance=1.0, validate__rules__split_sizes__action="warn")


def test_images_of_a_later_split_leave_the_earlier_one(run, clean_rows):
    again = cv2.imdecode(np.frombuffer(clean_rows["test"][1].image, np.uint8), cv2.IMREAD_GRAYSCALE)
    saved_anew = cv2.imencode(".jpg", again, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
    clean_rows["train"].append(clean_rows["test"][0]._replace(filename="copied.jpg"))
    clean_rows["validation"].append(clean_rows["test"][1]._replace(filename="saved_anew.jpg", image=saved_anew))
    folder, _ = run(clean_rows)
    assert reasons(folder) == {"copied.jpg": ["identical_images"], "saved_anew.jpg": ["near_identical_images"]}
    aside = pd.read_parquet(folder / "validated/quarantine.parquet")
    assert [list(found) for found in aside["evidence"]] == [["is test/test_00.jpg"], ["resembles test/test_01.jpg"]]


def test_rows_that_are_neither_accepted_nor_quarantined_are_a_fault(run, clean_rows, tmp_path, monkeypatch):
    clean_rows["train"][0] = clean_rows["train"][0]._replace(label="EMPTY")
    clean_rows["train"][1] = clean_rows["train"][1]._replace(label="EMPTY")
    run(clean_rows)
    before = (tmp_path / "validated/manifest.parquet").read_bytes()
    write_table = pq.write_table
    monkeypatch.setattr(outputs.pq, "write_table", lambda table, *args, **more: write_table(table[1:], *args, **more))
    message = r"train split do not add up. Received: 20 rows in, 18 accepted and 1 quarantined of 20 in the manifest"
    with pytest.raises(InkpipeError, match=message):
        run(clean_rows)
    assert (tmp_path / "validated/manifest.parquet").read_bytes() == before


def test_words_that_readers_of_csv_take_for_nothing_stay_labels(run, clean_rows):
    for row, label in enumerate(["NA", "NULL", "NaN", "None", "null"]):
        clean_rows["train"][row] = clean_rows["train"][row]._replace(label=label)
    folder, _ = run(clean_rows)
    texts = accepted_rows(folder / "validated/manifest.parquet", "train").texts
    assert texts[:5] == ["NA", "NULL", "NAN", "NONE", "NULL"]


def test_the_same_bytes_with_and_without_a_pool(run, clean_rows, monkeypatch, tmp_path, make_params):
    clean_rows["train"][0] = clean_rows["train"][0]._replace(image=b"no image")
    first, _ = run(clean_rows)
    monkeypatch.undo()
    assert images.map_in_order.__module__ == "inkpipe.workers"
    validate(make_params(), tmp_path / "raw", tmp_path / "again/validated", tmp_path / "again/docs")
    for folder in ("validated", "docs"):
        files = sorted(path.relative_to(first / folder) for path in (first / folder).rglob("*.*"))
        assert len(files) >= 2
        for file in files:
            assert (tmp_path / "again" / folder / file).read_bytes() == (first / folder / file).read_bytes(), file


def test_the_pages_load_nothing_and_show_labels_as_text(run, clean_rows):
    clean_rows["train"][0] = clean_rows["train"][0]._replace(label="<b>X", filename="<b>X.jpg")
    clean_rows["train"][1] = clean_rows["train"][1]._replace(label="EMPTY", filename="<b>X.jpg")
    values = {"label_characters__extra": "<>", "unique_filenames__action": "warn"}
    folder, _ = run(clean_rows, **{f"validate__rules__{name}": value for name, value in values.items()})
    for name in ("index.html", "great_expectations.html"):
        page = (folder / "docs" / name).read_text()
        assert not re.search(r"""(src|href)=["'](https?:)?//""", page), name
        assert "<b>X" not in page
        assert "&lt;b&gt;X" in page
    summary = re.sub(r"<.*?>|\s+", " ", page)
    assert re.search(r"Evaluated Expectations\s+13\s+Successful Expectations\s+12\s", summary)
    page = (folder / "docs/index.html").read_text()
    assert page.count("data:image/png;base64,") == 8 + 1  # the first rows and one set aside
    assert page.count("<svg") == 4


def test_plot_data_are_shares_by_split(run, clean_rows):
    clean_rows["train"][0] = clean_rows["train"][0]._replace(label="A B")
    folder, _ = run(clean_rows)
    characters = pd.read_csv(folder / "validated/plots/characters.csv")
    assert characters["character"].tolist() == ["␣", *"ABCDEFGHIJ"]
    assert characters["train"].sum() == pytest.approx(1, abs=1e-5)
    assert characters["count"].sum() == 19 * 8 + 3
    lengths = pd.read_csv(folder / "validated/plots/lengths.csv")
    assert lengths.to_dict("list") == {"length": [3, 8], "train": [0.05, 0.95], "validation": [0, 1], "test": [0, 1]}
    assert pd.read_csv(folder / "validated/plots/widths.csv")["pixels"].tolist() == [240]


def test_the_real_sample_is_accepted_but_for_three_rows(run, shared_sample):
    rows = {}
    with zipfile.ZipFile(shared_sample) as archive:
        for split in SPLITS:
            with archive.open(f"written_name_{split}_v2.csv") as stream:
                labels = [*csv.DictReader(io.TextIOWrapper(stream, "utf-8"))][:500]
            rows[split] = [
                Sample(row["FILENAME"], row["IDENTITY"], archive.read(f"{split}_v2/{split}/{row['FILENAME']}"))
                for row in labels
            ]
    folder, _ = run(rows)
    assert reasons(folder) == {
        "VALIDATION_0006.jpg": ["label_usable"],
        "VALIDATION_0180.jpg": ["label_usable"],
        "VALIDATION_0254.jpg": ["label_present"],
    }


def test_a_corpus_without_its_columns_is_refused(tmp_path, make_params):
    with pytest.raises(InkpipeError, match="No train split"):
        validate(make_params(), tmp_path, tmp_path / "validated", tmp_path / "docs")
    for split in SPLITS:
        pd.DataFrame({"filename": ["a"], "text": ["b"]}).to_parquet(tmp_path / f"{split}.parquet")
    with pytest.raises(InkpipeError, match=r"Rule `columns`: .*must have the columns filename: string, label: string"):
        validate(make_params(), tmp_path, tmp_path / "validated", tmp_path / "docs")


def test_an_empty_corpus_is_refused(tmp_path, make_params):
    for split in SPLITS:
        write_split(tmp_path, split, [])
    with pytest.raises(InkpipeError, match="no row in any split"):
        validate(make_params(), tmp_path, tmp_path / "validated", tmp_path / "docs")
