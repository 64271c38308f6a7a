from inkpipe.model.networks import build_network
from inkpipe.training.model import with_auxiliary_head

AUXILIARY = {"model__crnn__auxiliary_weight": 0.1}


def a_network(params):
    return build_network(params.model, (32, 256), params.frames, 18)


def test_the_auxiliary_head_sees_the_frames_of_the_convolutions_alone(small):
    network = a_network(small(model__crnn__column="max"))
    branched = with_auxiliary_head(network, 18)
    assert [tuple(output.shape) for output in branched.outputs] == [(None, 64, 18)] * 2
    head = branched.get_layer("auxiliary_logits")
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
