import pytest

from inkpipe.backend import keras
from inkpipe.training.precision import computing_in

TINY = {
    "epochs": 2,
    "model__crnn__channels": [4, 8],
    "model__crnn__recurrent_layers": 1,
    "train__early_stopping_patience": 0,
}


def policies(network):
    return {layer.dtype_policy.name for layer in network.layers}


def test_layers_compute_in_the_precision_and_later_ones_do_not():
    with computing_in("mixed_bfloat16"):
        assert keras.layers.Dense(1).compute_dtype == "bfloat16"
    assert keras.layers.Dense(1).compute_dtype == "float32"


def test_the_policy_comes_back_after_an_error():
    with pytest.raises(RuntimeError), computing_in("mixed_float16"):
        raise RuntimeError
    assert keras.config.dtype_policy().name == "float32"


def test_mixed_precision_without_a_gpu_is_told(capsys):
    with computing_in("float32"), computing_in("mixed_bfloat16"):
        pass
    assert capsys.readouterr().out.count("there is no GPU") == 1


def test_a_mixed_training_resumes_to_the_same_bytes_and_leaves_a_float32_model(small, run, resumed, same_bytes):
    params = small(**TINY, train__precision="mixed_float16")
    whole = run(params)
    assert policies(whole.model.network) == {"float32"}
    assert whole.history[-1].loss < whole.history[0].loss
    assert same_bytes(resumed(params, after=1), whole)
