import keras
import numpy as np
import pytest
import tensorflow as tf

from inkpipe.training.averaging import averaging_rate, blend

TINY = {
    "epochs": 3,
    "model__crnn__channels": [4, 8],
    "model__crnn__recurrent_layers": 1,
    "train__early_stopping_patience": 0,
    "train__averaging": "last",
    "train__averaging_start": 0.5,
}


def averaged(params, weights):
    average = None
    for before, weight in enumerate(weights):
        rate = averaging_rate(params, before)
        average = weight if before == 0 else average + rate * (weight - average)
    return average


def test_last_is_the_mean_of_all_steps(make_params):
    assert averaged(make_params(train__averaging="last").train, [1.0, 2.0, 6.0]) == pytest.approx(3.0)


def test_an_exponential_average_follows_fast_while_young_and_then_at_its_momentum(make_params):
    params = make_params(train__averaging="ema", train__ema_momentum=0.5).train
    rates = [averaging_rate(params, before) for before in (0, 1, 5, 8, 9, 100)]
    assert rates == pytest.approx([1.0, 1 - 2 / 11, 1 - 6 / 15, 0.5, 0.5, 0.5])


def test_a_blend_moves_by_the_rate_and_copies_exactly():
    average, weight = keras.Variable([1.0, np.inf]), keras.Variable([3.0, 5.0])
    blend([(average, weight)], tf.constant(1.0))
    assert average.numpy().tolist() == [3.0, 5.0]
    average.assign([1.0, 1.0])
    blend([(average, weight)], tf.constant(0.25))
    assert average.numpy().tolist() == [1.5, 2.0]


def test_the_average_is_validated_kept_and_resumed_to_the_same_bytes(small, run, resumed, same_bytes):
    whole = run(small(**TINY))
    assert same_bytes(resumed(small(**TINY), after=2), whole)
    assert whole.history[2].val_loss != whole.history[1].val_loss
