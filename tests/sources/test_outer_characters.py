import random

import pytest

from inkpipe.sources.outer_characters import OuterCharacters

NAMES = ["SMITH", "ANNE MARIE", "D'ARC", "LEA-ROSE", "O'NEIL", "JONES", "KIM", "PÉREZ", "BOB", "UMA"]


def warnings(labels):
    outer = OuterCharacters()
    for label in labels:
        outer.add(label)
    return list(outer.warnings())


@pytest.mark.parametrize("labels", [[], [" "], ["-", "--"], ["A"], NAMES, NAMES * 100], ids=len)
def test_ordinary_labels_give_no_warning(labels):
    assert warnings(labels) == []


def test_blanks_at_the_ends_give_no_warning():
    assert warnings([f" {name} " for name in NAMES]) == []


@pytest.mark.parametrize(
    ("before", "after"), ['""', "''", "“”", "«»", "[]", ("", ";"), ("", "\\"), ("\u200b", ""), ("=", "")]
)
def test_a_sign_at_the_ends_of_all_labels_is_named(before, after):
    lines = warnings([f"{before}{name}{after}" for name in NAMES])
    assert [line.split(" ")[0] for line in lines] == [repr(sign) for sign in dict.fromkeys([before, after]) if sign]
    assert all(
        f"stands at the start or end of 10 of 10 labels, for example {before + 'SMITH' + after!r}" in line
        for line in lines
    )


@pytest.mark.parametrize("quote", ['"', "'", '"""', "'\""])
def test_quotes_around_a_fiftieth_of_the_labels_are_named(quote):
    quoted = [f"{quote}{name}{quote[::-1]}" for name in NAMES * 2]
    lines = warnings(NAMES * 98 + quoted)
    assert {line.split(" ")[0] for line in lines} == {repr(sign) for sign in quote}
    assert all("of 1,000 labels" in line for line in lines)


def test_a_single_odd_label_gives_no_warning():
    assert warnings([*NAMES, '"SMITH"']) == []


def test_the_end_of_a_sentence_gives_no_warning_unless_nearly_all_labels_have_it():
    assert warnings([*NAMES, *[f"{name}." for name in NAMES]]) == []
    assert len(warnings([f"{name}." for name in NAMES])) == 1


def test_vowel_signs_are_letters():
    assert warnings(["मीरा", "सीता", "रवि"] * 10) == []


def test_a_letter_at_one_end_of_nearly_all_labels_is_named():
    (line,) = warnings([f"X{name}" for name in NAMES * 2])
    assert line.startswith("'X' (LATIN CAPITAL LETTER X) stands at the start of 20 of 20 labels, for example 'XSMITH'")
    assert warnings([f"19{number}" for number in range(20, 60)]) == []


def test_a_sign_within_nearly_all_labels_is_named():
    (line,) = warnings([f"{name[0]}_{name[1:]}" for name in NAMES * 2])
    assert line.startswith("'_' (LOW LINE) stands in 20 of 20 labels")
    assert warnings([f"ANNE {name}" for name in ["BO", "CY", "DI"] * 5]) == []


def test_only_the_first_characters_are_named():
    lines = warnings([f"{sign}{name}" for sign in "<[{@#&*" for name in NAMES])
    assert len(lines) == 6
    assert lines[-1] == "2 more stand at the ends of labels or in nearly all labels"


def test_random_names_give_no_warning():
    letters = random.Random(0)
    labels = ["".join(letters.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=6)) for _ in range(500)]
    assert warnings(labels) == []
