from __future__ import annotations

import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.params.synthetic import SyntheticParams
from inkpipe.sources.synthetic.names import ALPHABET, Names, drawn, plain


@pytest.fixture(scope="module")
def names(synthetic_params: SyntheticParams) -> Names:
    return Names(synthetic_params.names)


@pytest.fixture(scope="module")
def many(names: Names) -> list[str]:
    return [names.draw(np.random.default_rng([1, index]), index) for index in range(6000)]


def test_the_alphabet_is_the_papers_thirty_characters() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 30


@pytest.mark.parametrize(
    ("name", "label"),
    [("Noémie", "NOEMIE"), ("François", "FRANCOIS"), ("Łukasz", "LUKASZ"), ("Groß", "GROSS"), ("D\u2019Arc", "D'ARC")],
)
def test_labels_are_capitals_without_accents(name: str, label: str) -> None:
    assert plain(name) == label
    assert plain(drawn(name)) == label


@given(st.text(max_size=12))
def test_plain_is_idempotent_and_never_has_accents(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert not any(unicodedata.combining(c) for c in unicodedata.normalize("NFD", once))


def test_drawn_keeps_the_accents_that_the_pen_knows() -> None:
    assert unicodedata.normalize("NFC", drawn("Noémie")) == "NOÉMIE"
    assert drawn("Tuğba") == "TUGBA"


def test_labels_are_over_the_alphabet_and_of_allowed_length(many: list[str], synthetic_params: SyntheticParams) -> None:
    labels = [plain(name) for name in many]
    assert {c for label in labels for c in label} == set(ALPHABET)
    assert min(map(len, labels)) >= 1
    assert max(map(len, labels)) <= synthetic_params.names.longest
    assert all(label == " ".join(label.split()) for label in labels)


def test_even_the_rarest_character_has_its_least_share(many: list[str], synthetic_params: SyntheticParams) -> None:
    having = Counter(c for name in many for c in set(plain(name)))
    assert min(having[c] for c in ALPHABET) >= synthetic_params.names.least_share * len(many)


def test_french_names_come_first(many: list[str]) -> None:
    common = [name for name, _ in Counter(plain(name) for name in many).most_common(40)]
    assert len({"MARTIN", "THOMAS", "BERNARD", "PHILIPPE", "MICHEL", "LAURENT", "SIMON", "DAVID"} & set(common)) >= 3


def test_shares_are_obeyed(synthetic_params: SyntheticParams) -> None:
    only_random = synthetic_params.names.model_copy(update={"random_share": 1.0})
    names = Names(only_random)
    found = [names.draw(np.random.default_rng(i), -1) for i in range(50)]
    assert all(2 <= len(name) <= 9 and name.isalpha() for name in found)
    assert len(set(found)) == 50
