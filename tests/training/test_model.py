from inkpipe.model.networks import build_network
from inkpipe.training.model import with_auxiliary_head

AUXILIARY = {"model__crnn__auxiliary_weight": 0.1}


def a_network(params):
    return build_network(params.model, (32, 256), params.frames, 17)


def test_the_auxiliary_head_sees_the_frames_of_the_convolutions_alone(small):
    network = a_network(small(model__crnn__column="max"))
    branched = with_auxiliary_head(network, 17)
    assert [tuple(output.shape) for output in branched.outputs] == [(None, 64, 17)] * 2
    head = branched.get_layer("auxiliary_logits")
    assert head.count_params() == 3 * 8 * 17 + 17
    assert head.input is network.get_layer("reshape").output


def test_it_trains_and_is_not_part_of_the_model(small, run):
    plain, auxiliary = run(small()), run(small(**AUXILIARY))
    assert auxiliary.history[-1].loss < auxiliary.history[0].loss
    assert auxiliary.model.network.to_json() == plain.model.network.to_json()
    assert auxiliary.model.count_params() == plain.model.count_params()
    first, other = (result.model.network.get_weights()[0] for result in (plain, auxiliary))
    assert (first != other).any()


def test_a_training_with_it_resumes_to_the_same_bytes(small, run, resumed, same_bytes):
    params = small(epochs=3, train__early_stopping_patience=0, **AUXILIARY)
    assert same_bytes(resumed(params, after=1), run(params))
