import numpy as np

from inkpipe.backend import keras
from inkpipe.model.networks import build_network
from inkpipe.training.model import auxiliary_logits

AUXILIARY = {"model__crnn__auxiliary_weight": 0.1}


def a_network(params):
    return build_network(params.model, (32, 256), params.frames, 18)


def test_the_auxiliary_head_sees_the_frames_of_the_convolutions_alone(small):
    network = a_network(small(model__crnn__column="max"))
    logits = auxiliary_logits(network, 18)
    assert logits.shape == (None, 64, 18)
    head = keras.Model(network.inputs, logits).get_layer("auxiliary_logits")
    assert head.count_params() == 3 * 8 * 18 + 18
    assert head.input is network.get_layer("reshape").output


TINY = {
    "epochs": 3,
    "model__crnn__channels": [4, 8],
    "model__crnn__recurrent_layers": 1,
    "train__early_stopping_patience": 0,
}


def test_it_trains_resumes_to_the_same_bytes_and_is_not_part_of_the_model(small, run, resumed, same_bytes):
    params = small(**TINY, **AUXILIARY, train__label_noise_guard=0.1)
    whole = run(params)
    assert whole.history[-1].loss < whole.history[0].loss
    assert [layer.name for layer in whole.model.network.layers] == [layer.name for layer in a_network(params).layers]
    assert whole.model.count_params() == a_network(params).count_params()
    assert same_bytes(resumed(params, after=1), whole)


def test_attention_with_all_that_training_can_add_resumes_to_the_same_bytes(small, run, resumed, same_bytes):
    params = small(
        epochs=2,
        model__preset="attention",
        model__attention__channels=[4, 8],
        model__attention__units=8,
        model__attention__blocks=1,
        model__attention__auxiliary_weight=0.1,
        train__averaging="ema",
        train__averaging_start=0.2,
        train__optimizer="radam",
        train__schedule="one_cycle",
        train__early_stopping_patience=0,
    )
    whole = run(params)
    assert same_bytes(resumed(params, after=1), whole)
    assert whole.model.network.name == "attention"


DECODER = {
    "model__attention_decoder__units": 8,
    "model__attention_decoder__feed_forward": 8,
    "model__attention_decoder__blocks": 1,
}


def test_hybrid_trains_the_decoder_beside_ctc_and_keeps_the_network_alone(small, run, resumed, same_bytes):
    params = small(**TINY | {"epochs": 2}, **AUXILIARY, **DECODER, train__loss="hybrid", train__averaging="last")
    whole = run(params)
    assert whole.model.network.output_shape == (None, None, 18)
    assert whole.model.count_params() == a_network(params).count_params()
    assert same_bytes(resumed(params, after=1), whole)


def test_cross_entropy_alone_puts_the_decoder_in_place_of_the_logits(small, run):
    result = run(small(**TINY, **DECODER, train__loss="cross_entropy", train__label_noise_guard=0.1))
    assert result.model.network.layers[-1].name == "blank_after_each"
    assert result.history[-1].val_loss < result.history[0].val_loss


def test_a_hybrid_of_weight_0_learns_what_ctc_alone_does(small, run):
    """The decoder's weights are drawn after the network's, and its loss does not count."""
    ctc = run(small(**TINY | {"epochs": 1}))
    hybrid = run(small(**TINY | {"epochs": 1}, **DECODER, train__loss="hybrid", train__cross_entropy_weight=0.0))
    for expected, found in zip(ctc.model.network.get_weights(), hybrid.model.network.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)
