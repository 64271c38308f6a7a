from __future__ import annotations

import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.errors import InkpipeError
from inkpipe.synthetic.names import ALPHABET, NameGenerator, label_of, written_form


@pytest.fixture(scope="module")
def generator(synthetic_params):
    return NameGenerator(synthetic_params.names)


@pytest.fixture(scope="module")
def names(generator):
    return [generator.generate(np.random.default_rng([1, index]), index) for index in range(6000)]


def test_the_alphabet_has_the_thirty_characters_of_the_paper():
    assert len(ALPHABET) == len(set(ALPHABET)) == 30


@pytest.mark.parametrize(
    ("name", "label"),
    [("Noémie", "NOEMIE"), ("François", "FRANCOIS"), ("Łukasz", "LUKASZ"), ("Groß", "GROSS"), ("D\u2019Arc", "D'ARC")],
)
def test_labels_are_capitals_without_accents(name, label):
    assert label_of(name) == label
    assert label_of(written_form(name)) == label


@given(st.text(max_size=12))
def test_a_label_is_its_own_label_and_never_has_accents(text):
    once = label_of(text)
    assert label_of(once) == once
    assert not any(unicodedata.combining(c) for c in unicodedata.normalize("NFD", once))


def test_the_written_form_has_only_accents_that_have_a_glyph():
    assert unicodedata.normalize("NFC", written_form("Noémie")) == "NOÉMIE"
    assert written_form("Tuğba") == "TUGBA"


def test_labels_are_over_the_alphabet_and_within_the_maximum_length(names, synthetic_params):
    labels = [label_of(name) for name in names]
    assert {c for label in labels for c in label} == set(ALPHABET)
    assert min(map(len, labels)) >= 1
    assert max(map(len, labels)) <= synthetic_params.names.max_length
    assert all(label == " ".join(label.split()) for label in labels)


def test_even_the_rarest_character_has_its_minimum_fraction(names, synthetic_params):
    labels_with = Counter(c for name in names for c in set(label_of(name)))
    assert min(labels_with[c] for c in ALPHABET) >= synthetic_params.names.min_char_fraction * len(names)


def test_french_names_are_the_most_frequent(names):
    common = [name for name, _ in Counter(label_of(name) for name in names).most_common(40)]
    assert len({"MARTIN", "THOMAS", "BERNARD", "PHILIPPE", "MICHEL", "LAURENT", "SIMON", "DAVID"} & set(common)) >= 3


def test_a_probability_of_one_leaves_random_letters_only(synthetic_params):
    only_random = synthetic_params.names.model_copy(update={"random_letters_probability": 1.0})
    generator = NameGenerator(only_random)
    names = [generator.generate(np.random.default_rng(i), -1) for i in range(50)]
    assert all(2 <= len(name) <= 9 and name.isalpha() for name in names)
    assert len(set(names)) == 50


@pytest.mark.parametrize(
    ("locale", "message"),
    [
        ("xx_XX", r"that Faker does not have. Received: xx_XX"),
        ("el_GR", r"without given or family names in the letters .* Received: el_GR. Remove it"),
    ],
)
def test_a_locale_without_usable_names_is_refused_unless_its_weight_is_0(synthetic_params, locale, message):
    names = synthetic_params.names
    locales = {**names.locales, locale: 1.0}
    with pytest.raises(InkpipeError, match=message):
        NameGenerator(names.model_copy(update={"locales": locales}))
    NameGenerator(names.model_copy(update={"locales": {**locales, locale: 0.0}}))
