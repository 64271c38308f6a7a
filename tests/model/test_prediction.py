import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkpipe.data.vocabulary import normalize
from inkpipe.model.prediction import Alternative, Prediction


def test_the_confidence_of_a_character_is_the_geometric_mean():
    assert Prediction("AB", 0.5, (0.9, 0.4)).per_character == pytest.approx(0.6)


def test_without_characters_it_is_the_root_of_the_texts_confidence():
    assert Prediction("ABCD", 0.0016).per_character == pytest.approx(0.2)
    assert Prediction("", 0.3).per_character == 0.3


def test_one_impossible_character_does_not_make_it_0():
    assert Prediction("AB", 0.0, (1.0, 0.0)).per_character == pytest.approx(0.001)


def test_it_does_not_fall_with_the_length():
    short, long = (Prediction("A" * n, 0.9**n, (0.9,) * n) for n in (3, 90))
    assert short.per_character == pytest.approx(long.per_character)


def test_a_text_has_single_spaces_and_each_character_keeps_its_confidence():
    spaced = Prediction(" A  B ", 0.5, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6), (Alternative(" A  B ", 0.5, -1.0),), 0.4)
    assert spaced.single_spaced() == Prediction("A B", 0.5, (0.2, 0.3, 0.5), (Alternative("A B", 0.5, -1.0),), 0.4)


@given(st.text(alphabet="AB \u00a0", max_size=9))
def test_a_text_is_spaced_as_labels_are(text):
    spaced = Prediction(text, 0.5, (0.5,) * len(text)).single_spaced()
    assert spaced.text == normalize(text, "keep", "NFC")
    assert len(spaced.characters) == len(spaced.text)
    assert spaced.single_spaced() is spaced
