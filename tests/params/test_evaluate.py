import pytest

from inkpipe.errors import InkpipeError


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_errors", []), ("max_errors", [0.0]), ("max_errors", [1.0]), ("label_errors__folds", 1)],
)
def test_values_without_sense_are_refused(make_params, name, value):
    with pytest.raises(InkpipeError, match=f"evaluate.{name.replace('__', '.')}"):
        make_params(**{f"evaluate__{name}": value})


def test_folds_are_none_or_several(make_params):
    assert make_params(evaluate__label_errors__folds=0).evaluate.label_errors.folds == 0
    assert make_params(evaluate__label_errors__folds=2).evaluate.label_errors.folds == 2
