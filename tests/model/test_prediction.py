import pytest

from inkpipe.model.prediction import Prediction


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
