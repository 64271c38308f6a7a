import pytest

from inkpipe.data.label_form import LabelForm, decide_form, label_changes
from inkpipe.errors import InkpipeError


def test_auto_keeps_the_case_of_labels_in_small_letters():
    form = decide_form(["Le greffier", "PARIS", None, "  "], "auto", "NFC")
    assert (form.case, form.reason) == ("keep", "1 of 2 training labels have lower-case letters")


@pytest.mark.parametrize(("slips", "case"), [(0, "upper"), (1, "upper"), (2, "keep")])
def test_auto_takes_a_few_small_letters_for_slips_in_capitals(slips, case):
    labels = ["DUPONT"] * (100 - slips) + ["DUPONt"] * slips
    assert decide_form(labels, "auto", "NFC").case == case


def test_letters_without_case_are_no_small_letters():
    assert decide_form(["中文", "שלום", "123"], "auto", "NFC").case == "upper"


def test_a_chosen_case_needs_no_labels():
    assert decide_form(iter(()), "lower", "NFKC") == LabelForm("lower", "NFKC")


def test_changes_are_counted_by_kind_with_examples():
    labels = ["Straße", "A  B", "ANNA", "cafe\N{COMBINING ACUTE ACCENT}", None]
    changes = label_changes(labels, LabelForm("upper", "NFC"))
    assert (changes.labels, changes.changed) == (4, 2)
    assert changes.counts == {"case": 2, "Unicode form": 1, "number of characters": 1}
    assert changes.lines()[2] == "labels changed: number of characters: 1 of 4, such as 'Straße' becomes 'STRASSE'"


def test_greek_that_gains_combining_marks_is_told():
    changes = label_changes(["\N{GREEK SMALL LETTER IOTA WITH DIALYTIKA AND TONOS}"], LabelForm("upper", "NFC"))
    assert changes.counts == {"case": 1, "number of characters": 1, "more combining marks": 1}


def test_a_kept_case_changes_nothing_but_the_unicode_form():
    changes = label_changes(["Été", "Noël", "  Été "], LabelForm("keep", "NFC"))
    assert (changes.labels, changes.changed, changes.lines()) == (3, 0, [])


def test_a_form_is_read_as_it_was_written(tmp_path):
    form = LabelForm("keep", "NFC", "3 of 4 training labels have lower-case letters")
    form.save(tmp_path / "labels.json")
    assert LabelForm.load(tmp_path / "labels.json") == form


def test_a_damaged_file_is_one_clear_message(tmp_path):
    (tmp_path / "labels.json").write_text('{"casing": "keep"}')
    with pytest.raises(InkpipeError, match=r"labels.json is damaged. Received: .*dvc repro -sf validate"):
        LabelForm.load(tmp_path / "labels.json")
