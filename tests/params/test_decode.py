import pytest

from inkpipe.errors import InkpipeError
from inkpipe.params.decode import EARLIER, DecodeParams


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("decode__width", 0),
        ("decode__lm_weight", -0.1),
        ("decode__lm_weight", "much"),
        ("decode__length_bonus", float("nan")),
        ("decode__lm_weight", True),
        ("decode__lm_weight", None),
        ("decode__temperature", 0.0),
        ("decode__alternatives", -1),
        ("decode__lexicon", ""),
        ("decode__method", "oracle"),
        ("language_model__order", 0),
        ("language_model__text", ""),
        ("language_model__text_weight", 0.0),
        ("language_model__smoothing", "kneser_ney"),
    ],
)
def test_a_value_out_of_range_is_named_in_one_message(make_params, name, value):
    with pytest.raises(InkpipeError, match=rf"(?s)params.yaml has 1 fault.*{name.replace('__', '.')}.*Received: "):
        make_params(**{name: value})


def test_auto_stands_until_it_is_fitted(make_params):
    decode = make_params().decode
    assert (decode.lm_weight, decode.length_bonus, decode.temperature) == ("auto", "auto", "auto")
    assert (decode.weight, decode.bonus, decode.heat) == (0.0, 0.0, 1.0)


def test_numbers_count_as_they_are(make_params):
    decode = make_params(decode__lm_weight=0.5, decode__length_bonus=-0.25, decode__temperature=2.0).decode
    assert (decode.weight, decode.bonus, decode.heat) == (0.5, -0.25, 2.0)


def test_what_is_fitted_is_taken_from_a_model_of_the_same_method(make_params):
    model = make_params(decode__lm_weight=0.3, decode__length_bonus=0.25, decode__temperature=1.5).decode
    taken = make_params(decode__length_bonus=1.0, decode__width=7).decode.fitted_as(model)
    assert (taken.lm_weight, taken.length_bonus, taken.temperature, taken.width) == (0.3, 1.0, 1.5, 7)
    greedy = make_params(decode__method="greedy").decode
    assert greedy.fitted_as(model) == greedy


def test_earlier_models_have_every_setting():
    assert set(EARLIER) == set(DecodeParams.model_fields)
