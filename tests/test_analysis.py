from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.analysis import (
    CalibrationBin,
    CharacterErrors,
    Confusion,
    Coverage,
    LengthErrors,
    Read,
    analyse,
    calibration,
    calibration_error,
    confusions,
    coverage,
    edit_pairs,
    errors_by_character,
    errors_by_length,
    make_read,
    slices_by_confidence,
    slices_by_length,
)
from inkpipe.errors import InkpipeError
from inkpipe.metrics import edits

READS = [
    make_read("a.jpg", "ANNA", "ANMA", 0.95),
    make_read("b.jpg", "ANNA", "ANNA", 0.99),
    make_read("c.jpg", "LE ROI", "LEROI", 0.55),
    make_read("d.jpg", "EVE", "EVES", 0.2),
]
TEXT = st.text("ABC -", max_size=10)


def test_make_read_counts_edits_and_rounds_confidence() -> None:
    assert make_read("x.jpg", "AB", "A", 0.12345678) == Read("x.jpg", "AB", "A", 0.123457, 1)


def test_edit_pairs_name_substitutions_omissions_and_inventions() -> None:
    assert edit_pairs("ANNA", "ANMA") == [("N", "M")]
    assert edit_pairs("LE ROI", "LEROI") == [(" ", "")]
    assert edit_pairs("EVE", "EVES") == [("", "S")]


@given(TEXT, TEXT)
def test_edit_pairs_are_as_many_as_there_are_edits(label: str, read: str) -> None:
    pairs = edit_pairs(label, read)
    assert len(pairs) == edits(label, read)
    assert all(true != seen for true, seen in pairs)


def test_confusions_rank_the_most_frequent_first() -> None:
    again = make_read("e.jpg", "NON", "MOM", 0.5)
    assert confusions([*READS, again]) == [
        Confusion("N read as M", "N", "M", 3),
        Confusion("S made up", "", "S", 1),
        Confusion("\N{OPEN BOX} missed", " ", "", 1),
    ]
    assert [each.n for each in confusions([*READS, again], top=1)] == [3]


def test_errors_by_character_split_what_became_of_each() -> None:
    table = {each.character: each for each in errors_by_character(READS)}
    assert table["N"] == CharacterErrors("N", 4, substituted=1, deleted=0, inserted=0, error_rate=0.25)
    assert table[" "] == CharacterErrors(" ", 1, substituted=0, deleted=1, inserted=0, error_rate=1.0)
    assert table["S"] == CharacterErrors("S", 0, substituted=0, deleted=0, inserted=1, error_rate=None)
    assert list(table) == sorted(table)
    assert sum(each.n for each in table.values()) == sum(len(read.label) for read in READS)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=10))
def test_errors_by_character_lose_no_edit(pairs: list[tuple[str, str]]) -> None:
    reads = [make_read("x.jpg", label, read, 0.5) for label, read in pairs]
    total = sum(each.substituted + each.deleted + each.inserted for each in errors_by_character(reads))
    assert total == sum(read.edits for read in reads)


def test_errors_by_length_are_micro_averages() -> None:
    assert errors_by_length(READS) == [
        LengthErrors(3, 1, 0.333333, 0.0),
        LengthErrors(4, 2, 0.125, 0.5),
        LengthErrors(6, 1, 0.166667, 0.0),
    ]


def test_calibration_bins_hold_every_read_once_and_full_confidence_in_the_last() -> None:
    reads = [make_read("x.jpg", "A", "A", 1.0), make_read("y.jpg", "A", "B", 0.9), make_read("z.jpg", "A", "B", 0.0)]
    assert calibration(reads) == [CalibrationBin(0.0, 0.1, 1, 0.0, 0.0), CalibrationBin(0.9, 1.0, 2, 0.95, 0.5)]


def test_calibration_error_weighs_bins_by_their_reads() -> None:
    table = [CalibrationBin(0.0, 0.5, 1, 0.4, 0.0), CalibrationBin(0.5, 1.0, 3, 0.8, 1.0)]
    assert calibration_error(table) == pytest.approx((0.4 + 3 * 0.2) / 4)


def test_coverage_says_what_is_accepted_and_what_of_it_is_right() -> None:
    assert coverage(READS, (0.0, 0.9, 0.999)) == [
        Coverage(0.0, 1.0, 0.25),
        Coverage(0.9, 0.5, 0.5),
        Coverage(0.999, 0.0, None),
    ]


def test_slices_by_length_take_every_image_once() -> None:
    reads = [make_read(f"{i}.jpg", "A" * (1 + i % 9), "A", 0.5) for i in range(90)]
    slices = slices_by_length(reads, 10, 1)
    assert [each.name for each in slices] == [
        "up to 3 characters", "4 to 5 characters", "6 to 7 characters", "8 characters and more",
    ]  # fmt: skip
    assert sum(each.scores.n for each in slices) == 90


def test_labels_of_one_length_make_one_slice() -> None:
    slices = slices_by_length([make_read("a.jpg", "ABC", "ABC", 0.5)] * 3, 10, 1)
    assert [(each.name, each.scores.n) for each in slices] == [("up to 3 characters", 3)]


def test_slices_by_confidence_go_from_unsure_to_sure() -> None:
    slices = slices_by_confidence(READS, 10, 1)
    assert [each.name for each in slices] == ["0.20 to 0.20", "0.55 to 0.55", "0.95 to 0.95", "0.99 to 0.99"]
    assert [each.scores.exact for each in slices] == [0, 0, 0, 1]
    assert len(slices_by_confidence(READS[:2], 10, 1)) == 2


def test_analyse_gathers_the_metrics_flat_and_rounded() -> None:
    metrics = analyse(READS, 20, 1).metrics()
    assert metrics["n"] == 4
    assert metrics["cer"] == round(3 / 17, 6)
    assert metrics["paper_cer"] == round((1 / 4 + 0 + 1 / 6 + 1 / 3) / 4, 6)
    assert metrics["mean_confidence"] == 0.6725
    assert set(metrics) == {
        *("n", "cer", "cer_low", "cer_high", "wer", "wer_low", "wer_high", "exact", "exact_low", "exact_high"),
        *("paper_cer", "mean_confidence", "calibration_error"),
    }


def test_nothing_to_analyse_is_refused() -> None:
    with pytest.raises(InkpipeError, match="0 labels"):
        analyse([], 10, 1)
