"""The outcome of whole corpora with known faults."""

import csv
import io
import zipfile

import cv2
import numpy as np
import pandas as pd
import pytest

from inkpipe.contract.validate import validate
from inkpipe.data.corpus import SPLITS, Corpus, Sample, write_split
from inkpipe.data.label_form import LabelForm
from inkpipe.errors import InkpipeError


@pytest.fixture
def check(write_corpus, outcome_of):
    """The outcome of rows by split, with some parameters changed."""
    return lambda rows, **values: outcome_of(write_corpus(rows), **values)


def test_a_clean_corpus_is_accepted_whole(check, clean_rows):
    outcome = check(clean_rows)
    assert outcome.quarantined == outcome.stopping == []
    assert {result.verdict for result in outcome.results} <= {"passed", "warned"}
    assert {split: count["accepted"] for split, count in outcome.counts.items()} == {
        "train": 20,
        "validation": 6,
        "test": 4,
    }


def test_each_fault_is_quarantined_with_every_reason(check, clean_rows, reasons, draw, jpeg):
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
        "narrow.jpg": ("ABCDEFGHIJKLM", jpeg(draw("A", width=24)), ["label_fits"]),  # 13 frames, of 48 px at most 12
        "cut.jpg": ("CUT", jpeg(draw("CUT"))[:300], ["image_decodes"]),
        "text.jpg": ("TEXT", b"not an image", ["image_decodes"]),
        "nothing.jpg": ("NOTHING", b"", ["image_decodes"]),
        "small.jpg": ("SMALL", jpeg(draw("SMALL")[14:21, :100]), ["image_size"]),
        "tall.jpg": ("TALL", jpeg(draw("I", height=200, width=24)), ["aspect"]),
        "blank.jpg": ("BLANK", blank(250), ["ink_fraction"]),
        "black.jpg": ("BLACK", blank(3), ["ink_fraction"]),
        "both.jpg": ("EMPTY", b"not an image", ["label_usable", "image_decodes"]),
    }
    for name, (label, image, _) in faulty.items():
        clean_rows["train"].append(Sample(name, label, jpeg(draw(name)) if image is None else image))
    limits = {"label_length__max": 40, "word_count__max": 8, "unusable_labels__max": 1.0}
    values = {f"validate__rules__{name}": value for name, value in limits.items()}
    outcome = check(clean_rows, validate__min_tolerated_rows=9, **values)
    assert reasons(outcome) == {name: rules for name, (_, _, rules) in faulty.items()}
    assert outcome.counts["train"] == {"rows": 36, "accepted": 20, "quarantined": 16}
    assert outcome.by_reason["image_decodes"] == 4
    assert outcome.statistics["train"].unusable_labels == 3  # markers and foreign characters: the others are not wrong
    assert outcome.not_transcribed == 2
    results = {result.rule: result for result in outcome.results}
    assert results["label_fits"].examples == (
        f"train/repeats.jpg ('{'A' * 35}' needs 69 frames, the image has 64)",
        "train/narrow.jpg ('ABCDEFGHIJKLM' needs 13 frames, the image has 12)",
    )
    assert (results["label_fits"].violations, results["label_fits"].checked) == (2, 46)
    assert results["label_fits"].verdict == "quarantined"


def test_one_corrupt_image_does_not_stop_a_small_corpus(check, clean_rows, reasons):
    clean_rows["train"][3] = clean_rows["train"][3]._replace(image=b"\xff\xd8\xff")
    outcome = check(clean_rows, validate__rules__image_decodes__tolerance=0.0)
    assert reasons(outcome) == {"train_03.jpg": ["image_decodes"]}
    assert outcome.stopping == []


def test_stop_allows_no_single_violation_and_warn_any(check, clean_rows):
    clean_rows["train"][5] = clean_rows["train"][5]._replace(filename="train_04.jpg")
    (stopping,) = check(clean_rows).stopping
    assert (stopping.rule, stopping.violations, stopping.checked) == ("unique_filenames", 2, 30)
    outcome = check(clean_rows, validate__rules__unique_filenames__action="warn")
    assert outcome.reasons == {}
    assert {result.verdict for result in outcome.results if result.rule == "unique_filenames"} == {"warned"}


def test_a_split_without_a_row_stops_whatever_the_action(check, clean_rows):
    clean_rows["test"] = []
    (stopping,) = check(clean_rows, validate__rules__split_sizes__action="warn").stopping
    assert (stopping.rule, stopping.examples) == ("split_sizes", ("test (0 accepted)",))


def test_no_usable_training_row_stops(check, clean_rows):
    clean_rows["train"] = [sample._replace(image=b"") for sample in clean_rows["train"]]
    values = {"image_decodes__tolerance": 1.0, "split_sizes__action": "warn"}
    (stopping,) = check(clean_rows, **{f"validate__rules__{name}": value for name, value in values.items()}).stopping
    assert stopping.examples == ("train (0 accepted)",)


def test_images_of_a_later_split_leave_the_earlier_one(check, clean_rows, reasons):
    again = cv2.imdecode(np.frombuffer(clean_rows["test"][1].image, np.uint8), cv2.IMREAD_GRAYSCALE)
    saved_anew = cv2.imencode(".jpg", again, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
    clean_rows["train"].append(clean_rows["test"][0]._replace(filename="copied.jpg"))
    clean_rows["validation"].append(clean_rows["test"][1]._replace(filename="saved_anew.jpg", image=saved_anew))
    outcome = check(clean_rows)
    assert reasons(outcome) == {"copied.jpg": ["identical_images"], "saved_anew.jpg": ["near_identical_images"]}
    assert [list(evidence.values()) for evidence in outcome.evidence(outcome.quarantined)] == [
        ["is test/test_00.jpg"],
        ["resembles test/test_01.jpg"],
    ]


def test_half_of_the_rows_may_be_without_a_label(check, clean_rows):
    for split in ("train", "validation"):
        half = len(clean_rows[split]) // 2
        clean_rows[split][:half] = [sample._replace(label=None) for sample in clean_rows[split][:half]]
    outcome = check(clean_rows)
    assert outcome.stopping == []
    assert (outcome.by_reason, outcome.not_transcribed) == ({"label_present": 13}, 13)


def test_labels_that_are_long_are_not_unusable(check, clean_rows):
    clean_rows["train"][:10] = [sample._replace(label="AB" * 33) for sample in clean_rows["train"][:10]]
    outcome = check(clean_rows, validate__rules__label_fits__tolerance=0.5)
    assert outcome.stopping == []
    assert outcome.by_reason == {"label_fits": 10}
    assert outcome.statistics["train"].unusable_labels == 0


def test_the_real_sample_is_accepted_but_for_three_rows(check, reasons, shared_sample):
    rows = {}
    with zipfile.ZipFile(shared_sample) as archive:
        for split in SPLITS:
            with archive.open(f"written_name_{split}_v2.csv") as stream:
                labels = [*csv.DictReader(io.TextIOWrapper(stream, "utf-8"))][:500]
            rows[split] = [
                Sample(row["FILENAME"], row["IDENTITY"], archive.read(f"{split}_v2/{split}/{row['FILENAME']}"))
                for row in labels
            ]
    assert reasons(check(rows)) == {
        "VALIDATION_0006.jpg": ["label_usable"],
        "VALIDATION_0180.jpg": ["label_usable"],
        "VALIDATION_0254.jpg": ["label_present"],
    }


@pytest.fixture
def check_folder(make_params):
    def outcome(folder):
        params = make_params()
        return validate(
            Corpus(folder),
            params.validate_,
            LabelForm("upper", "NFC"),
            frames=params.frames,
            width=256,
            workers="local",
        )

    return outcome


def test_a_corpus_without_its_columns_is_refused(tmp_path, check_folder):
    with pytest.raises(InkpipeError, match="No train split"):
        check_folder(tmp_path)
    for split in SPLITS:
        pd.DataFrame({"filename": ["a"], "text": ["b"]}).to_parquet(tmp_path / f"{split}.parquet")
    with pytest.raises(InkpipeError, match=r"Rule `columns`: .*must have the columns filename: string, label: string"):
        check_folder(tmp_path)


def test_an_empty_corpus_is_refused(tmp_path, check_folder):
    for split in SPLITS:
        write_split(tmp_path, split, [])
    with pytest.raises(InkpipeError, match="no row in any split"):
        check_folder(tmp_path)
