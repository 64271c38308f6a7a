import numpy as np
import pytest

from inkpipe.backend import keras

layers = keras.layers


@pytest.mark.parametrize(("heads", "size"), [(1, 4), (2, 3)])
def test_self_attention_gives_what_keras_gives(on_frames, heads, size):
    def attention(x):
        return layers.MultiHeadAttention(heads, size, name="attention")(x, x)

    np.testing.assert_allclose(*on_frames(attention), atol=1e-5)


def test_queries_and_values_may_differ(on_frames):
    def attention(x):
        return layers.MultiHeadAttention(2, 3, name="attention")(layers.Dense(4, name="other")(x), x)

    np.testing.assert_allclose(*on_frames(attention), atol=1e-5)
